/** Many texts by number, in a few large blocks of memory instead of one object each. */

/** Texts that are handed out again and again tend to come first; this many are kept as strings once asked for. */
const KEPT = 65_536;
const BLOCK_BYTES = 1 << 20;

/** Append-only. A text costs its UTF-8 bytes and 12 more. */
export class TextTable {
  private blocks: Buffer[] = [];
  private block: Buffer = Buffer.alloc(0);
  private used = 0;
  private count = 0;
  private starts = new Uint32Array(1024);
  private lengths = new Uint32Array(1024);
  private blockOf = new Uint32Array(1024);
  private readonly kept: string[] = [];

  push(text: string): void {
    const bytes = Buffer.byteLength(text);
    if (this.used + bytes > this.block.length) this.openBlock(bytes);
    if (this.count === this.starts.length) this.grow();
    this.starts[this.count] = this.used;
    this.lengths[this.count] = bytes;
    this.blockOf[this.count] = this.blocks.length - 1;
    this.used += this.block.write(text, this.used);
    this.count += 1;
  }

  /** Undefined when there is no text of that number. */
  get(index: number): string | undefined {
    if (!(index >= 0 && index < this.count)) return undefined;
    const kept = this.kept[index];
    if (kept !== undefined) return kept;
    const start = this.starts[index]!;
    const text = this.blocks[this.blockOf[index]!]!.toString('utf8', start, start + this.lengths[index]!);
    if (index < KEPT) this.kept[index] = text;
    return text;
  }

  private openBlock(bytes: number): void {
    this.block = Buffer.allocUnsafeSlow(Math.max(BLOCK_BYTES, bytes));
    this.blocks.push(this.block);
    this.used = 0;
  }

  private grow(): void {
    this.starts = doubled(this.starts);
    this.lengths = doubled(this.lengths);
    this.blockOf = doubled(this.blockOf);
  }
}

function doubled(array: Uint32Array): Uint32Array<ArrayBuffer> {
  const larger = new Uint32Array(array.length * 2);
  larger.set(array);
  return larger;
}
