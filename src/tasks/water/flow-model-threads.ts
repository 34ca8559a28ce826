/** The steps of a flow model that can run beside others: in threads for large DEMs, here for small ones. */
import { openThreadPool } from '../../core/thread-pool.js';
import { accumulateCells } from '../../geo/hydrology/accumulate.js';
import { assignDirections } from '../../geo/hydrology/d8.js';
import type { CellSizes, Dem, FlowGrid } from '../../geo/hydrology/flow-grid.js';
import { strahlerOrders } from '../../geo/hydrology/strahler.js';

export interface FlowThreads {
  /** Gives the number of cells without a direction. */
  assignDirections(dem: Dem, sizes: CellSizes): Promise<number>;
  accumulateCells(request: AccumulationRequest): Promise<Uint32Array>;
  strahlerOrders(request: OrdersRequest): Promise<Uint8Array>;
  close(): Promise<void>;
}

export interface AccumulationRequest {
  grid: FlowGrid;
  codes: Uint8Array;
  /** See `accumulateCells`. */
  room?: ArrayBufferLike;
}

export interface OrdersRequest {
  grid: FlowGrid;
  codes: Uint8Array;
  cells: Uint32Array;
  thresholdCells: number;
}

/** Below this, starting threads takes longer than they save. */
const WORTH_THREADS_CELLS = 2_000_000;
const MAX_THREADS = 4;

export function openFlowThreads(cells: number): FlowThreads {
  if (cells < WORTH_THREADS_CELLS) return HERE;
  const pool = openThreadPool({ size: MAX_THREADS });
  const run = <T>(name: string, args: unknown): Promise<T> =>
    pool.run({ module: import.meta.url, name, args });
  return {
    assignDirections: async (dem, sizes) => {
      const step = Math.ceil(dem.grid.height / pool.size);
      const bands = Array.from({ length: pool.size }, (_, i) => i * step);
      const counts = bands.map((from) =>
        run<number>('assignBand', { dem, sizes, from, to: Math.min(dem.grid.height, from + step) }),
      );
      return (await Promise.all(counts)).reduce((sum, count) => sum + count, 0);
    },
    accumulateCells: (request) => run('accumulateIn', request),
    strahlerOrders: (request) => run('ordersOf', request),
    close: () => pool.close(),
  };
}

const HERE: FlowThreads = {
  assignDirections: async (dem, sizes) => assignDirections(dem, sizes),
  accumulateCells: async (request) => accumulateIn(request),
  strahlerOrders: async (request) => ordersOf(request),
  close: async () => {},
};

/** Runs in a thread. */
export function assignBand({
  dem,
  sizes,
  from,
  to,
}: {
  dem: Dem;
  sizes: CellSizes;
  from: number;
  to: number;
}): number {
  return assignDirections(dem, sizes, from, to);
}

/** Runs in a thread. */
export function accumulateIn({ grid, codes, room }: AccumulationRequest): Uint32Array {
  return accumulateCells(grid, codes, room);
}

/** Runs in a thread. */
export function ordersOf({ grid, codes, cells, thresholdCells }: OrdersRequest): Uint8Array {
  return strahlerOrders(grid, codes, cells, thresholdCells);
}
