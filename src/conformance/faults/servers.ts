/** What can happen to a server and to the link to it. Servers are harmed only when they were given for it. */
import type { Backend, Fault, HarmableServer } from '../fault.js';
import type { LinkProxy } from '../proxy.js';
import type { Load, Stage } from '../stage.js';

type ServerName = 'redis' | 'postgres';

interface ServerFault {
  name: string;
  title: string;
  only?: ServerName;
  begin(server: HarmableServer, stage: Stage): Promise<void> | void;
  /** Absent: it is over as soon as it has begun. */
  end?(server: HarmableServer): Promise<void> | void;
  load?: Partial<Load>;
}

const LABEL = { redis: 'Redis', postgres: 'PostgreSQL' } as const;
const USERS: Record<ServerName, readonly Backend[]> = { redis: ['redis'], postgres: ['postgres', 'redis'] };

const SERVER_FAULTS: readonly ServerFault[] = [
  {
    name: 'killed',
    title: 'is killed and started again at once',
    begin: (server) => server.kill(),
    end: (server) => server.start(),
  },
  {
    name: 'gone',
    title: 'is gone for a while',
    begin: async (server, stage) => {
      await server.kill();
      await stage.pause(stage.sizes.outageMs);
    },
    end: (server) => server.start(),
  },
  {
    name: 'frozen',
    title: 'is frozen (SIGSTOP)',
    begin: async (server, stage) => {
      server.freeze();
      await stage.pause(stage.sizes.outageMs);
    },
    end: (server) => server.thaw(),
  },
  {
    name: 'cut',
    title: 'cuts every connection, three times',
    begin: async (server, stage) => {
      for (let times = 0; times < 3; times++) {
        await server.cutConnections();
        await stage.pause(stage.random.between(50, 500));
      }
    },
  },
  {
    name: 'memory-full',
    title: 'has no memory left and refuses to write',
    only: 'redis',
    begin: async (server, stage) => {
      await server.exhaust();
      await stage.pause(stage.sizes.outageMs / 2);
    },
    end: (server) => server.relieve(),
  },
  {
    name: 'evicting',
    title: 'has a wrong eviction policy and throws keys away',
    only: 'redis',
    // Jobs of no batch are in the queue alone, which is what a wrong policy loses; rows are in the ledger.
    load: { queueForgets: true },
    begin: async (server, stage) => {
      await server.evict();
      await stage.pause(stage.sizes.outageMs / 8);
    },
    end: (server) => server.relieve(),
  },
  {
    name: 'out-of-connections',
    title: 'has no connection left',
    only: 'postgres',
    begin: async (server, stage) => {
      await server.exhaust();
      await stage.pause(stage.sizes.outageMs / 2);
    },
    end: (server) => server.relieve(),
  },
];

interface LinkFault {
  name: string;
  title: string;
  /** Begins and ends it. */
  run(proxy: LinkProxy, stage: Stage): Promise<void>;
}

const LINK_FAULTS: readonly LinkFault[] = [
  {
    name: 'slow',
    title: 'is slow: every piece up to 40 ms late',
    run: async (proxy, stage) => {
      proxy.delay(40);
      await stage.pause(stage.sizes.outageMs / 2);
    },
  },
  {
    name: 'lossy',
    title: 'is lossy: connections break off at random',
    run: async (proxy, stage) => {
      proxy.delay(5);
      proxy.lose(0.01);
      await stage.pause(stage.sizes.outageMs / 2);
    },
  },
  {
    name: 'gone',
    title: 'is gone for a while',
    run: async (proxy, stage) => {
      proxy.refuse();
      await stage.pause(stage.sizes.outageMs);
    },
  },
  {
    name: 'half-open',
    title: 'is half open: connections stay and nothing passes',
    run: async (proxy, stage) => {
      proxy.hold();
      await stage.pause(stage.sizes.outageMs);
    },
  },
];

export const SERVER_AND_LINK_FAULTS: readonly Fault[] = (['postgres', 'redis'] as const).flatMap((server) => [
  ...SERVER_FAULTS.filter(({ only }) => only === undefined || only === server).map((fault) =>
    ofServer(server, fault),
  ),
  ...LINK_FAULTS.map((fault) => ofLink(server, fault)),
]);

function ofServer(server: ServerName, { name, title, begin, end, load = {} }: ServerFault): Fault {
  return {
    name: `${server}-${name}`,
    title: `${LABEL[server]} ${title}`,
    backends: USERS[server],
    harms: server,
    async run(stage) {
      const harmed = stage.servers[server]!;
      await stage.begin({ spanMs: spanOf(stage), ...load });
      await stage.untilBegun(0.1 + stage.random.next() * 0.2);
      await stage.during(async () => {
        try {
          await begin(harmed, stage);
        } finally {
          await end?.(harmed);
        }
      });
    },
  };
}

function ofLink(server: ServerName, { name, title, run }: LinkFault): Fault {
  return {
    name: `${server}-link-${name}`,
    title: `the link to ${LABEL[server]} ${title}`,
    backends: USERS[server],
    async run(stage) {
      const proxy = await stage.throughProxy(server === 'redis' ? 'REDIS_URL' : 'DATABASE_URL');
      await stage.begin({ spanMs: spanOf(stage) });
      await stage.untilBegun(0.1 + stage.random.next() * 0.2);
      await stage.during(async () => {
        try {
          await run(proxy, stage);
        } finally {
          proxy.heal();
        }
      });
    },
  };
}

/** There is work before, while and after the server is away. */
function spanOf({ sizes }: Stage): number {
  return sizes.outageMs / 2 + 5_000;
}
