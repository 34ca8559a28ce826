/** Step `desilting-points`: the water pixel of every point that has one (core-stack 1.8.2). */
import { writeLayer } from './layer-file.js';
import { pointsLayer } from './point-layers.js';
import type { StepContext, StepResult } from './step.js';

export async function writeDesiltingPoints({ rows, folder }: StepContext): Promise<StepResult> {
  return { outputs: [await writeLayer(folder, pointsLayer(rows))] };
}
