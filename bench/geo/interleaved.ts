/** Programs measured in turns, so that a slow minute meets all of them. */
import type { BenchRow } from '../bench.js';
import { median } from '../median.js';
import type { Measured } from '../peak.js';

export interface Figures {
  seconds: number;
  peakMb: number;
  /** Of the last round. */
  stdout: string;
}

const ROUNDS = 3;

/** Medians of whole processes. @throws {Error} when one ends with another exit code than 0 */
export async function interleaved<Name extends string>(
  programs: Readonly<Record<Name, () => Promise<Measured>>>,
): Promise<Record<Name, Figures>> {
  const names = Object.keys(programs) as Name[];
  const rounds: Record<Name, Measured>[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const measured = {} as Record<Name, Measured>;
    for (const name of names) {
      measured[name] = await programs[name]();
      const { exitCode } = measured[name];
      if (exitCode !== 0) throw new Error(`${name} ended with exit code ${exitCode}`);
    }
    rounds.push(measured);
  }
  const figures = (name: Name): Figures => ({
    seconds: median(rounds.map((round) => round[name].seconds)),
    peakMb: median(rounds.map((round) => round[name].peakMb)),
    stdout: rounds.at(-1)![name].stdout,
  });
  return Object.fromEntries(names.map((name) => [name, figures(name)])) as Record<Name, Figures>;
}

export function figuresText({ seconds, peakMb }: Figures): string {
  return `${seconds.toFixed(1)} s, ${Math.round(peakMb)} MB`;
}

/** The peer's figures, ours against them, and what is promised of that. */
export function besideRow(
  what: string,
  { ours, peer }: { ours: Figures; peer: Figures },
  target?: { time?: number; memory?: number },
): BenchRow {
  const time = (ours.seconds / peer.seconds).toFixed(2);
  const memory = (ours.peakMb / peer.peakMb).toFixed(2);
  const promised = [
    ...(target?.time === undefined ? [] : [`≤ ${target.time}x time`]),
    ...(target?.memory === undefined ? [] : [`≤ ${target.memory}x memory`]),
  ];
  return {
    what,
    value: figuresText(peer),
    ratio: `${time}x time, ${memory}x memory`,
    ...(promised.length === 0 ? {} : { target: promised.join(', ') }),
  };
}
