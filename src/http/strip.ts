/** `text` without the characters of `chars` at its end. A regular expression would take quadratic time for this. */
export function stripEnd(text: string, chars: string): string {
  let end = text.length;
  while (end > 0 && chars.includes(text.charAt(end - 1))) end--;
  return text.slice(0, end);
}
