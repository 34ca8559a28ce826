/** What can happen to the embedded database: its owner is killed, its disk is full. */
import { execFile } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import type { Fault } from '../fault.js';
import { LeftOut, type Stage } from '../stage.js';

const run = promisify(execFile);
const DISK_MB = 400;
const BALLAST = 'ballast';

export const EMBEDDED_FAULTS: readonly Fault[] = [
  {
    name: 'owner-killed',
    title: 'kill -9 of the process that holds the embedded database, while others use it, four times',
    backends: ['pglite'],
    async run(stage) {
      await stage.begin({ spanMs: stage.sizes.outageMs / 2, workers: 4 });
      for (const share of [0.1, 0.25, 0.4, 0.55]) {
        await stage.untilBegun(share);
        await stage.pause(stage.random.between(0, 300));
        await stage.killHolder();
      }
    },
  },
  {
    name: 'disk-full',
    title: 'the disk of the embedded database is full for a while',
    backends: ['pglite'],
    async run(stage) {
      const unmount = await mountDisk(stage);
      try {
        await stage.begin({ spanMs: stage.sizes.outageMs });
        await stage.untilBegun(0.1 + stage.random.next() * 0.2);
        await stage.during(async () => {
          fillDisk(stage.place.stateDir);
          await stage.pause(stage.sizes.outageMs / 2);
          rmSync(path.join(stage.place.stateDir, BALLAST));
        });
      } finally {
        stage.onClose(unmount);
      }
    },
  },
];

/** A small file system over the state folder. @throws {LeftOut} where this process may not mount one */
async function mountDisk(stage: Stage): Promise<() => Promise<void>> {
  const { stateDir } = stage.place;
  try {
    await run('mount', ['-t', 'tmpfs', '-o', `size=${DISK_MB}m,mode=700`, 'tmpfs', stateDir]);
  } catch {
    throw new LeftOut('a small disk must be mounted for it, and this user may not (run it as root on Linux)');
  }
  return async () => {
    await run('umount', ['-l', stateDir]);
  };
}

function fillDisk(folder: string): void {
  const piece = Buffer.alloc(1 << 16);
  for (;;) {
    try {
      writeFileSync(path.join(folder, BALLAST), piece, { flag: 'a' });
    } catch {
      return;
    }
  }
}
