import { Markup } from '../util/markup.ts';
import { bounded } from './limits.ts';
import { index } from './py-numbers.ts';
import { truth } from './values.ts';

const WORDS =
  'a ac accumsan ad aenean aliquam aliquet ante aptent arcu at auctor augue bibendum blandit class commodo condimentum congue consequat convallis cras cubilia curae cursus dapibus diam dictum dignissim dis dolor donec dui duis egestas eget eleifend elementum elit enim erat eros est et etiam eu euismod facilisi facilisis fames faucibus felis fermentum feugiat fringilla fusce gravida habitant hac hendrerit iaculis id imperdiet in integer interdum ipsum justo lacinia lacus laoreet lectus leo libero ligula litora lobortis lorem luctus maecenas magna malesuada massa mattis mauris metus mi molestie mollis montes morbi mus nam nascetur natoque nec neque netus nibh nisi nisl non nonummy nulla nunc odio orci ornare parturient pede pellentesque penatibus per pharetra phasellus placerat platea porta porttitor posuere potenti praesent pretium primis proin pulvinar purus quam quis quisque rhoncus ridiculus risus rutrum sagittis sapien scelerisque sed sem semper senectus sit sociis sodales sollicitudin suscipit suspendisse taciti tellus tempor tempus tincidunt torquent tortor tristique turpis ullamcorper ultrices ultricies urna ut varius vehicula vel velit venenatis vestibulum vitae vivamus viverra volutpat vulputate'.split(
    ' ',
  );

const randomBelow = (limit: number): number => Math.floor(Math.random() * limit);
const randomFrom = (low: number, high: number): number => low + randomBelow(Math.max(high - low, 1));

/** Text without a meaning: `n` paragraphs of `min` to `max` words, as HTML unless told otherwise. */
export function lipsum(n: unknown = 5, html: unknown = true, min: unknown = 20, max: unknown = 100): string | Markup {
  bounded(index(n) * index(max));
  const paragraphs = Array.from({ length: Math.max(index(n), 0) }, () => paragraph(randomFrom(index(min), index(max))));
  return truth(html) ? new Markup(paragraphs.map((text) => `<p>${text}</p>`).join('\n')) : paragraphs.join('\n\n');
}

function paragraph(count: number): string {
  const words: string[] = [];
  let isStart = true;
  let lastComma = 0;
  let lastStop = 0;
  let previous = '';
  for (let position = 0; position < count; position++) {
    let word = previous;
    while (word === previous) word = WORDS[randomBelow(WORDS.length)]!;
    previous = word;
    if (isStart) word = word[0]!.toUpperCase() + word.slice(1);
    isStart = false;
    if (position - randomFrom(3, 8) > lastComma) {
      lastComma = position;
      lastStop += 2;
      word += ',';
    }
    if (position - randomFrom(10, 20) > lastStop) {
      lastComma = lastStop = position;
      word = `${word.replace(/,$/, '')}.`;
      isStart = true;
    }
    words.push(word);
  }
  return words.join(' ').replace(/[,.]?$/, '.');
}
