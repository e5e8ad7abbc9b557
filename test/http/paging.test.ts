import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { alike } from '../../src/http/alike.ts';
import { selectRows } from '../../src/http/select.ts';
import { shared } from '../../src/http/share.ts';
import { connectionOf, incidentOf, NEW_YEAR, recordOf, UK } from '../helpers/fleet.ts';
import { type MemoryFleet, memoryPorts } from '../helpers/http-ports.ts';
import { ask, serve } from './server-under-test.ts';

const acme = connectionOf('acme-siem', { tenant: 'Acme Corp', labels: { tier: 'gold', team: 'a=b' } });
const globex = connectionOf('globex', {
  gateway: UK,
  labels: { tier: 'gold' },
  secretExpiresAt: NEW_YEAR + 2_000,
});
const initech = connectionOf('initech', { tenant: 'Acme Labs', secretExpiresAt: NEW_YEAR + 1_000 });
const fleet: MemoryFleet = {
  entries: [
    [acme, recordOf({ since: NEW_YEAR + 3 })],
    [globex, recordOf({ state: 'revoked', since: NEW_YEAR + 9 })],
    [initech, null],
  ],
};

async function listed(query: string): Promise<{ ids: string[]; total: number | undefined }> {
  const answer = await ask(await serve(memoryPorts(fleet)), `/api/v1/connections?${query}`);
  const { connections, total } = answer.json() as { connections: { id: string }[]; total?: number };
  return { ids: connections.map(({ id }) => id), total };
}

describe('a page of connections', () => {
  it.each([
    ['limit=10', ['globex', 'initech', 'acme-siem'], 3],
    ['limit=1', ['globex'], 3],
    ['offset=1&limit=1', ['initech'], 3],
    ['offset=9', [], 3],
    ['sort=tenant', ['acme-siem', 'initech', 'globex'], 3],
    ['sort=-tenant', ['globex', 'initech', 'acme-siem'], 3],
    ['sort=since', ['acme-siem', 'globex', 'initech'], 3],
    ['sort=-since', ['globex', 'acme-siem', 'initech'], 3],
    ['sort=secretExpiresAt', ['initech', 'globex', 'acme-siem'], 3],
    ['sort=id&q=ACME', ['acme-siem', 'initech'], 2],
    ['sort=id&q=acme+labs', ['initech'], 1],
    ['sort=id&q=gold', ['acme-siem', 'globex'], 2],
    ['sort=id&q=uk-api', ['globex'], 1],
    ['sort=id&label=tier%3Dgold&state=healthy', ['acme-siem'], 1],
    ['sort=id&label=team%3Da%3Db', ['acme-siem'], 1],
    ['sort=id&label=constructor%3Dx', [], 0],
    ['sort=id&label=tier%3Dgold&label=team%3Da%3Db', ['acme-siem'], 1],
    ['sort=id&tenant=Acme+Corp&tenant=globex', ['acme-siem', 'globex'], 2],
    ['sort=id&tenant=acme+corp', [], 0],
    ['sort=id&tenantLike=aCME', ['acme-siem', 'initech'], 2],
    ['sort=id&tenantLike=+acme+corp+', ['acme-siem'], 1],
    ['sort=id&tenantLike=nobody', [], 0],
    ['sort=id&tenantLike=acme&tenantLike=labs', ['initech'], 1],
    ['sort=id&labelLike=GOLD', ['acme-siem', 'globex'], 2],
    ['sort=id&labelLike=tier%3D', ['acme-siem', 'globex'], 2],
    ['sort=id&labelLike=A%3Db', ['acme-siem'], 1],
    ['sort=id&labelLike=acme', [], 0],
  ])('%s holds %j of %i', async (query, ids, total) => {
    expect(await listed(query)).toEqual({ ids, total });
  });

  it('is not asked for by a filter alone: that is answered with all that fit', async () => {
    expect(await listed('q=acme')).toEqual({ ids: ['acme-siem', 'initech'], total: undefined });
    expect(await listed('label=tier%3Dgold')).toEqual({ ids: ['acme-siem', 'globex'], total: undefined });
  });

  it.each(['sort=colour', 'limit=0', 'limit=1001', 'offset=-1', 'limit=x', 'label=gold'])(
    '%s is refused with what would do',
    async (query) => {
      const answer = await ask(await serve(memoryPorts(fleet)), `/api/v1/connections?${query}`);
      expect(answer.status).toBe(400);
      expect(answer.text).toMatch(/takes/);
    },
  );
});

describe('names that are alike', () => {
  const fleetOf = (...tenants: string[]) =>
    tenants.map((tenant, index) => connectionOf(`c${index}`, { tenant }));

  it.each([
    ['Tenant 1', ['Tenant 1']],
    ['tenant 1', ['Tenant 1']],
    ['tenant', ['Tenant 1', 'Tenant 10', 'TENANT 2']],
    ['1', ['Tenant 1', 'Tenant 10']],
    ['initech', []],
  ])('%j means %j: the whole name before a part of others', (text, names) => {
    expect(alike(fleetOf('Tenant 1', 'Tenant 10', 'TENANT 2', 'Tenant 1'), 'tenants', text)).toEqual(names);
  });

  it('are all meant that differ only in the size of letters', () => {
    expect(alike(fleetOf('Acme', 'ACME', 'Acme Labs'), 'tenants', 'acme')).toEqual(['Acme', 'ACME']);
  });
});

describe('a page of incidents', () => {
  it('begins with what pages somebody, and counts the rest', async () => {
    const open = [
      incidentOf(acme, { id: 'warning', severity: 'warning', startedAt: NEW_YEAR + 5 }),
      incidentOf(globex, { id: 'older', startedAt: NEW_YEAR + 1 }),
      incidentOf(initech, { id: 'newer', startedAt: NEW_YEAR + 2 }),
    ];
    const server = await serve(memoryPorts({ ...fleet, open }));
    const answer = (await ask(server, '/api/v1/incidents?limit=2')).json();
    expect(answer).toMatchObject({ incidents: [{ id: 'newer' }, { id: 'older' }], total: 3 });
    expect((await ask(server, '/api/v1/incidents?connection=acme-siem')).json()).toMatchObject({
      incidents: [{ id: 'warning' }],
    });
  });
});

describe('selecting rows', () => {
  it('is sorting all of them and cutting the page out', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 0, max: 50 }), { maxLength: 4_500, size: 'max' }),
        fc.nat(5_000),
        fc.integer({ min: 1, max: 1_000 }),
        async (numbers, offset, limit) => {
          const rows = numbers.map((number, place) => ({ number, place }));
          const fits = ({ number }: { number: number }) => number % 3 !== 0;
          const { rows: found, total } = await selectRows(rows, {
            fits,
            key: ({ number }) => number,
            compare: (a, b) => a - b,
            offset,
            limit,
          });
          const all = rows.filter(fits).sort((a, b) => a.number - b.number);
          expect(total).toBe(all.length);
          expect(found).toEqual(all.slice(offset, offset + limit));
        },
      ),
      { numRuns: 50 },
    );
  });
});

describe('a shared reading', () => {
  function reader() {
    const pending: { resolve: (value: number) => void; reject: (error: Error) => void }[] = [];
    let time = 0;
    const read = shared(
      () => new Promise<number>((resolve, reject) => pending.push({ resolve, reject })),
      () => time,
    );
    const pass = (ms: number) => {
      time += ms;
    };
    return { read, pending, pass };
  }

  it('is made once for all who ask while it is under way, and for those who ask soon after', async () => {
    const { read, pending, pass } = reader();
    const both = [read(), read()];
    pending[0]?.resolve(7);
    expect(await Promise.all(both)).toEqual([7, 7]);
    pass(999);
    expect(await read()).toBe(7);
    expect(pending).toHaveLength(1);
  });

  it('is made anew when it is old, later where it takes long', async () => {
    const { read, pending, pass } = reader();
    const first = read();
    pass(500);
    pending[0]?.resolve(7);
    await first;
    pass(1_999);
    expect(await read()).toBe(7);
    pass(1);
    const second = read();
    pending[1]?.resolve(8);
    expect(await second).toBe(8);
  });

  it('is not kept when it failed', async () => {
    const { read, pending } = reader();
    const failed = read();
    pending[0]?.reject(new Error('Connection is closed.'));
    await expect(failed).rejects.toThrow('closed');
    const next = read();
    pending[1]?.resolve(8);
    expect(await next).toBe(8);
  });
});
