// How fine the cloud is drawn: every pixel where the graphics card keeps up, and after things have come to rest.
// Without a card a point costs a microsecond; then only every k-th row and column is drawn while things change.

const BUDGET_MS = 40; // for a picture: ten a second leave the processor room for the rest
const EASY = 0.7; // of the budget: finer again
const COARSEST = 6;
const REST_MS = 400;
const POLL_MS = 4;

export class Pace {
  /** `onRest` is called when nothing has been drawn for a while and the last picture was coarse. */
  constructor(context, onRest) {
    this.context = context;
    this.onRest = onRest;
    this.every = 1;
    this.watching = 0;
    this.resting = 0;
  }

  /** Take note that a picture of every k-th pixel has been asked of the card. */
  drew(every) {
    clearTimeout(this.resting);
    if (every > 1) this.resting = setTimeout(() => this.onRest(), REST_MS);
    if (this.watching === 0) this.#watch(every);
  }

  close() {
    clearTimeout(this.resting);
    clearTimeout(this.watching);
  }

  #watch(every) {
    const { context } = this;
    const begun = performance.now();
    const fence = context.fenceSync(context.SYNC_GPU_COMMANDS_COMPLETE, 0);
    context.flush();
    const look = () => {
      this.watching = 0;
      if (!fence || context.isContextLost()) return;
      if (context.getSyncParameter(fence, context.SYNC_STATUS) !== context.SIGNALED) {
        this.watching = setTimeout(look, POLL_MS);
        return;
      }
      context.deleteSync(fence);
      this.#learn(every, performance.now() - begun);
    };
    this.watching = setTimeout(look, 0);
  }

  /** The time goes with the number of points: with the square of what is left out. */
  #learn(every, ms) {
    const finer = every - 1;
    if (ms > BUDGET_MS) this.every = Math.min(Math.ceil(every * Math.sqrt(ms / BUDGET_MS)), COARSEST);
    else if (every === this.every && every > 1 && ms * (every / finer) ** 2 < EASY * BUDGET_MS) this.every = finer;
  }
}
