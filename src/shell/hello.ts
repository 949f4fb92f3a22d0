import { createHash, timingSafeEqual } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { PROTOCOL_VERSION, type RequestFrame } from './protocol.ts';

/** How often one connection may say who it is. */
const TRIES = 3;

/** Why a client is not let in. */
export interface Refusal {
  message: string;
  /** There is no further try: the connection is closed. */
  isFinal: boolean;
}

/** Those who want to be let in. A wrong token costs time, and all who guess share it: more connections are no more tries. */
export class Door {
  readonly #token: Buffer;
  readonly #cost: number;
  #denying: Promise<unknown> = Promise.resolve();

  /** `cost`: what a wrong token costs, in ms. */
  constructor(token: string, cost: number) {
    this.#token = digest(token);
    this.#cost = cost;
  }

  /** One that connects; asked for each time that it says who it is. Gives why it is not let in, or undefined. */
  visitor(audit: (text: string) => void): (hello: RequestFrame<'hello'>) => Promise<Refusal | undefined> {
    let tries = 0;
    return async ({ token, protocol }) => {
      if (typeof token === 'string' && this.#isToken(token)) {
        if (protocol === PROTOCOL_VERSION) return undefined;
        const message = `the server speaks version ${PROTOCOL_VERSION} of the shell's protocol, this shell ${protocol}`;
        return { message, isFinal: true };
      }
      tries += 1;
      const isFinal = tries >= TRIES;
      const what = isFinal ? `wrong token, ${TRIES} times: the connection is closed` : 'wrong token';
      audit(`shell refused: ${what}`);
      await this.#pay();
      return { message: `denied: ${what}`, isFinal };
    };
  }

  #pay(): Promise<unknown> {
    this.#denying = this.#denying.then(() => setTimeout(this.#cost, undefined, { ref: false }));
    return this.#denying;
  }

  /** Compares in a time that tells nothing about the contents. */
  #isToken(given: string): boolean {
    return timingSafeEqual(digest(given), this.#token);
  }
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
