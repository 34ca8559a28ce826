/** A few lines at the bottom of a terminal that are drawn again and again, below whatever else is printed meanwhile. */
import { createLogUpdate } from 'log-update';

export interface LiveBlock {
  draw(text: string): void;
  /** Leaves the last text on the screen, and the terminal as it was. May be called twice. */
  end(): void;
}

type Write = NodeJS.WriteStream['write'];

/**
 * While the block stands, every line that anybody writes to a terminal stream of this process (a note, a task's own
 * console.log) appears above it: `write` of those streams is replaced until {@link LiveBlock.end}.
 */
export function openLiveBlock(stream: NodeJS.WriteStream): LiveBlock {
  const update = createLogUpdate(stream, { showCursor: false });
  const streams = [process.stdout, process.stderr].filter(({ isTTY }) => isTTY === true);
  const restores = streams.map((one) => replaceWrite(one, interrupt));
  let shown = '';
  let isDrawing = false;
  let isEnded = false;

  function draw(text: string): void {
    isDrawing = true;
    update(text);
    isDrawing = false;
    shown = text;
  }

  function interrupt(write: () => boolean, endsLine: boolean): boolean {
    if (isDrawing || shown === '') return write();
    isDrawing = true;
    update.clear();
    const result = write();
    if (endsLine) update(shown);
    isDrawing = false;
    return result;
  }

  return {
    draw: (text) => {
      if (!isEnded && text !== shown) draw(text);
    },
    end: () => {
      if (isEnded) return;
      isEnded = true;
      isDrawing = true;
      update.done();
      if (shown !== '') stream.write('\n');
      for (const restore of restores) restore();
    },
  };
}

function replaceWrite(
  stream: NodeJS.WriteStream,
  interrupt: (write: () => boolean, endsLine: boolean) => boolean,
): () => void {
  const original = stream.write;
  const replaced: Write = (...args: unknown[]) =>
    interrupt(() => Reflect.apply(original, stream, args) as boolean, String(args[0]).endsWith('\n'));
  stream.write = replaced;
  return () => {
    if (stream.write === replaced) stream.write = original;
  };
}
