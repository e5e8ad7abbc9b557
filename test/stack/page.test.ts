import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import { Cleanup, connections, eventually } from '../e2e/world.ts';
import { accessibilityFaults, type Visit, visit } from '../helpers/browser.ts';
import {
  isLive,
  NASTY_LABEL,
  NASTY_TENANT,
  type PageWorld,
  showsRows,
  startPageWorld,
  TOKEN,
} from './page-world.ts';

const HEALTHY = ['acme-siem', 'globex-siem', 'initech-siem', 'nasty-siem', 'tyrell-siem', 'wonka-siem'];
const WORST_FIRST = [
  'oscorp-siem',
  'nasty-siem',
  'acme-siem',
  'globex-siem',
  'initech-siem',
  'tyrell-siem',
  'wonka-siem',
  'hooli-siem',
];

const cleanup = new Cleanup();
let world: PageWorld;
const visits: Visit[] = [];

beforeAll(async () => {
  world = await startPageWorld(cleanup);
  await eventually('all is as it was set up', async () => {
    const all = await connections(world.monitor, TOKEN);
    const states = new Map(all.map(({ id, state }) => [id, state]));
    return HEALTHY.every((id) => states.get(id) === 'healthy') && states.get('oscorp-siem') === 'never_valid';
  });
}, 60_000);
afterEach(async () => {
  for (const seen of visits.splice(0)) {
    // Whatever a test looked at: no complaint, and not a word to anybody but the monitor.
    expect(seen.complaints).toEqual([]);
    expect(seen.requests.filter((address) => !address.startsWith(`${world.monitor.url}/`))).toEqual([]);
    await seen.close();
  }
});
afterAll(() => cleanup.run());

async function open(hash = ''): Promise<Page> {
  const seen = await world.open(hash);
  visits.push(seen);
  return seen.page;
}

function total(page: Page, state: string) {
  return page.locator(`#totals [data-value="${state}"]`);
}

function row(page: Page, id: string) {
  return page.locator(`#rows [data-key="${id}"]`);
}

describe('the list of connections', () => {
  it('begins with what is wrong, below the totals of each state', async () => {
    const page = await open();
    await showsRows(page, WORST_FIRST);
    expect(await page.locator('h1').textContent()).toBe('1 of 7 connections is refused');
    for (const [state, count] of [
      ['never_valid', 1],
      ['healthy', 6],
      ['disabled', 1],
      ['revoked', 0],
    ] as const) {
      expect(await total(page, state).locator('.total-number').textContent()).toBe(String(count));
    }
    expect(await row(page, 'oscorp-siem').locator('.badge').textContent()).toBe('never valid');
  });

  it('is filtered by state, search, tenant and label, and the address says how', async () => {
    const page = await open();
    await total(page, 'never_valid').click();
    await showsRows(page, ['oscorp-siem']);
    expect(await total(page, 'never_valid').getAttribute('aria-pressed')).toBe('true');
    await page.goBack();
    await showsRows(page, WORST_FIRST);
    await page.getByLabel('Search').fill('GOLD');
    await showsRows(page, ['acme-siem', 'initech-siem']);
    await page.getByRole('combobox', { name: 'Tenant' }).pressSequentially('iniT');
    await showsRows(page, ['initech-siem']);
    expect(new URL(page.url()).hash).toBe('#q=GOLD&tenant=iniT');
    await page.getByRole('button', { name: 'Show all' }).click();
    await showsRows(page, WORST_FIRST);
    // One stands in the search field now, which follows all the same.
    await page.goBack();
    await showsRows(page, ['initech-siem']);
    expect(await page.getByLabel('Search').inputValue()).toBe('GOLD');
    await page.goForward();
    await showsRows(page, WORST_FIRST);
    await row(page, 'globex-siem').getByRole('button', { name: 'tier=silver' }).click();
    await showsRows(page, ['globex-siem']);
    await page.reload();
    await showsRows(page, ['globex-siem']);
    await page.getByLabel('Search').fill('nobody at all');
    await page.getByText('No connection fits this filter.').waitFor();
  });

  it('shows rows also where a link is older than the fleet, and takes a part of a label', async () => {
    const page = await open('#page=99');
    await showsRows(page, WORST_FIRST);
    expect(new URL(page.url()).hash).toBe('');
    await page.getByRole('combobox', { name: 'Label' }).fill('Gold');
    await showsRows(page, ['acme-siem', 'initech-siem']);
  });

  it('is sorted by any column, either way, and says which', async () => {
    const page = await open();
    const header = page.getByRole('columnheader', { name: 'Connection' });
    await header.getByRole('button').click();
    await showsRows(page, WORST_FIRST.toSorted());
    expect(await header.getAttribute('aria-sort')).toBe('ascending');
    await header.getByRole('button').click();
    await showsRows(page, WORST_FIRST.toSorted().toReversed());
    expect(await header.getAttribute('aria-sort')).toBe('descending');
    await page.getByRole('columnheader', { name: 'Expires' }).getByRole('button').click();
    await eventually(
      'the next to expire is first',
      async () => (await page.locator('#rows a.id').first().textContent()) === 'globex-siem',
    );
  });

  it('takes a name for a name, whatever is in it', async () => {
    const page = await open();
    await row(page, 'nasty-siem').waitFor();
    expect(await row(page, 'nasty-siem').locator('.tenant').textContent()).toBe(NASTY_TENANT);
    expect(await row(page, 'nasty-siem').locator('.label').textContent()).toBe(`note=${NASTY_LABEL}`);
    await row(page, 'nasty-siem').locator('a.id').click();
    await page.locator('#details-tenant', { hasText: NASTY_TENANT }).waitFor();
    expect(await page.evaluate('window.hacked')).toBeUndefined();
    expect(await page.locator('img, #rows script').count()).toBe(0);
  });
});

describe('the details of a connection', () => {
  it('open by their address, with evidence, history and what to do, and close without it', async () => {
    const page = await open('#connection=oscorp-siem');
    const dialog = page.getByRole('dialog', { name: 'oscorp-siem' });
    await dialog.getByText('Refused for sure, and it never worked here.').waitFor();
    const text = (await dialog.textContent()) ?? '';
    expect(text).toContain('rejected, HTTP 401, InvalidClientIdentifier');
    expect(text).toContain('Compare id, secret and region.');
    expect(text).toMatch(/suspect → never valid/);
    expect(text).toContain('Oscorp: Mimecast credentials of oscorp-siem have never worked');
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'hidden' });
    await eventually('the address names it no more', () => new URL(page.url()).hash === '');
  });

  it('have it checked now', async () => {
    const page = await open('#connection=acme-siem');
    const answered = page.waitForResponse((answer) => answer.url().endsWith('/acme-siem/check'));
    const dialog = page.getByRole('dialog', { name: 'acme-siem' });
    await dialog.getByRole('button', { name: 'Check now' }).click();
    expect((await answered).status()).toBe(202);
    await dialog.getByText('A check is on its way').waitFor();
  });

  it('say nothing of the check of another one', async () => {
    const page = await open('#connection=acme-siem');
    const held: (() => Promise<void>)[] = [];
    await page.route('**/acme-siem/check', (route) => void held.push(() => route.continue()));
    await page.getByRole('button', { name: 'Check now' }).click();
    await eventually('it is asked for', () => held.length === 1);
    await page.keyboard.press('Escape');
    await row(page, 'globex-siem').locator('a.id').click();
    const answered = page.waitForResponse((answer) => answer.url().endsWith('/acme-siem/check'));
    const dialog = page.getByRole('dialog', { name: 'globex-siem' });
    await dialog.getByRole('button', { name: 'Check now' }).waitFor();
    await held[0]?.();
    await answered;
    // Whatever the page does with the answer it has done once the browser has painted twice.
    await page.evaluate('new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))');
    expect(await dialog.locator('#details-said').textContent()).toBe('');
  });

  it('say so of a connection that is none', async () => {
    const seen = await world.open('#connection=nobody');
    await seen.page.getByText('No connection of this id is configured').waitFor();
    // The console tells of the 404, as it should.
    expect(seen.complaints.filter((text) => !text.includes('404'))).toEqual([]);
    await seen.close();
  });
});

describe('what happens', () => {
  it('is seen without loading the page again: a revocation, who was told of it, and its end', async () => {
    const page = await open();
    await page.evaluate('window.same = true');
    world.us.setBehaviour('initech-id', { kind: 'revoked' });
    await row(page, 'initech-siem').locator('.badge', { hasText: 'revoked' }).waitFor();
    await page.locator('h1', { hasText: '2 of 7 connections are refused' }).waitFor();
    const incident = page.locator('#incidents .incident', { hasText: 'initech-siem were revoked' });
    await incident.getByText(/Told: soc/).waitFor();
    await incident.locator('summary').click();
    await incident.getByText(/generate new keys; the secret is shown once/).waitFor();
    world.us.setBehaviour('initech-id', { kind: 'normal' });
    await row(page, 'initech-siem').locator('.badge', { hasText: 'healthy' }).waitFor();
    await page.locator('#resolved', { hasText: 'initech-siem work again' }).waitFor();
    expect(await page.evaluate('window.same')).toBe(true);
  });

  it('is seen of a permission, too, which is no trouble of the keys', async () => {
    const page = await open('#connection=globex-siem');
    const dialog = page.getByRole('dialog', { name: 'globex-siem' });
    const check = dialog.getByRole('button', { name: 'Check now' });
    world.us.setApiBehaviour('globex-id', { kind: 'forbidden' });
    await check.click();
    await dialog.locator('.details-state', { hasText: 'healthy permission denied' }).waitFor();
    await dialog.getByText('GET /identity/whoami, every 1h').waitFor();
    await row(page, 'globex-siem').getByText('permission denied').waitFor();
    world.us.setApiBehaviour('globex-id', { kind: 'normal' });
    await check.click();
    await row(page, 'globex-siem').getByText('permission denied').waitFor({ state: 'detached' });
    await dialog.getByText('The probed call is permitted').waitFor();
  });

  it('keeps what somebody has in hand: the focus, and an unfolded incident', async () => {
    const page = await open();
    const told = page.locator('#incidents .incident', { hasText: 'oscorp-siem' });
    await told.locator('summary').click();
    await row(page, 'acme-siem').locator('a.id').focus();
    world.uk.setBehaviour('wonka-id', { kind: 'revoked' });
    await row(page, 'wonka-siem').locator('.badge', { hasText: 'revoked' }).waitFor();
    expect(await page.evaluate('document.activeElement.textContent')).toBe('acme-siem');
    expect(await told.getAttribute('open')).not.toBeNull();
    world.uk.setBehaviour('wonka-id', { kind: 'normal' });
    await row(page, 'wonka-siem').locator('.badge', { hasText: 'healthy' }).waitFor();
  });

  it('at a gateway is shown with it', async () => {
    const page = await open();
    world.uk.setBehaviour('*', { kind: 'status', status: 503 });
    await page.locator('#gateways .outage').waitFor();
    await page.locator('#incidents', { hasText: 'gives no usable answers' }).waitFor();
    world.uk.setBehaviour('*', { kind: 'normal' });
    await page.locator('#gateways .outage').waitFor({ state: 'detached' });
  });

  it('at a gateway that limits the rate is shown with it, too', async () => {
    const page = await open();
    world.uk.setBehaviour('*', { kind: 'rate_limited', resetMs: 1_000 });
    await page.locator('#gateways .rate-limit', { hasText: 'it told 2 of 2 to wait' }).waitFor();
    world.uk.setBehaviour('*', { kind: 'normal' });
    await page.locator('#gateways .rate-limit').waitFor({ state: 'detached' });
  });
});

describe('silences', () => {
  it('are added and lifted with the token that the browser was given', async () => {
    const page = await open();
    await page.getByRole('button', { name: 'Add a silence' }).click();
    const dialog = page.getByRole('dialog', { name: 'Add a silence' });
    await dialog.getByLabel('Mute').selectOption('tenant');
    await dialog.getByLabel('Its name').fill('Acme Crop');
    await dialog.getByLabel('Reason').fill('migration');
    await dialog.getByLabel('Your name').fill('kim');
    await dialog.getByRole('button', { name: 'Add the silence' }).click();
    await dialog.getByText('There is no tenant Acme Crop; did you mean Acme Corp?').waitFor();
    await dialog.getByLabel('Its name').fill('Acme Corp');
    await dialog.getByRole('button', { name: 'Add the silence' }).dblclick();
    await dialog.waitFor({ state: 'hidden' });
    const silence = page.locator('#silences li', { hasText: 'tenant Acme Corp' });
    await silence.getByText('“migration” by kim').waitFor();
    expect(await silence.count()).toBe(1);
    const liftButton = silence.getByRole('button', { name: 'Lift the silence of tenant Acme Corp' });
    const question = page.getByRole('dialog', { name: 'Lift this silence?' });
    await liftButton.click();
    await question.getByText('tenant Acme Corp: “migration” by kim').waitFor();
    expect(await accessibilityFaults(page)).toEqual([]);
    await question.getByRole('button', { name: 'Keep it' }).click();
    await question.waitFor({ state: 'hidden' });
    expect(await silence.isVisible()).toBe(true);
    await liftButton.click();
    // A monitor that can't lift it says why, where the reader looks.
    await page.route('**/api/v1/silences/*', (route) => route.abort());
    await question.getByRole('button', { name: 'Lift it' }).click();
    await question.getByText("The monitor can't be reached.").waitFor();
    await page.unroute('**/api/v1/silences/*');
    await question.getByRole('button', { name: 'Lift it' }).click();
    await question.waitFor({ state: 'hidden' });
    await silence.waitFor({ state: 'detached' });
    // The console tells of the refusals, as it should, and of nothing else.
    const seen = visits.pop();
    expect(seen?.complaints).toEqual([expect.stringContaining('422'), expect.stringContaining('ERR_FAILED')]);
    await seen?.close();
  });
});

describe('without a mouse', () => {
  it('one comes to the connections, searches, opens one and comes back to where one was', async () => {
    const page = await open();
    await page.keyboard.press('Tab');
    expect(await page.evaluate('document.activeElement.textContent')).toBe('Skip to the connections');
    await page.keyboard.press('Enter');
    expect(await page.evaluate('document.activeElement.id')).toBe('connections-heading');
    await page.keyboard.press('/');
    await page.keyboard.type('globex');
    await showsRows(page, ['globex-siem']);
    for (let steps = 0; steps < 30; steps++) {
      await page.keyboard.press('Tab');
      if ((await page.evaluate('document.activeElement.textContent')) === 'globex-siem') break;
    }
    await page.keyboard.press('Enter');
    const dialog = page.getByRole('dialog', { name: 'globex-siem' });
    await dialog.getByRole('button', { name: 'Check now' }).waitFor();
    const inside =
      'document.activeElement === document.body || document.activeElement.closest("dialog") !== null';
    for (let steps = 0; steps < 12; steps++) {
      await page.keyboard.press('Tab');
      expect(await page.evaluate(inside)).toBe(true);
    }
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'hidden' });
    expect(await page.evaluate('document.activeElement.textContent')).toBe('globex-siem');
  });
});

describe('everybody', () => {
  it.each([
    ['light', 1_400],
    ['dark', 1_400],
    ['light', 1_280],
    ['light', 320],
    ['dark', 320],
  ] as const)(
    'can use it by WCAG: %s, %i pixels wide, also with details and the form open',
    async (colorScheme, width) => {
      const page = await open();
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      await page.setViewportSize({ width, height: 900 });
      await page.locator('#incidents summary').first().click();
      expect(await accessibilityFaults(page)).toEqual([]);
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width);
      await row(page, 'oscorp-siem').locator('a.id').click();
      const dialog = page.getByRole('dialog', { name: 'oscorp-siem' });
      await dialog.getByRole('button', { name: 'Silence' }).waitFor();
      expect(await accessibilityFaults(page)).toEqual([]);
      expect(await page.evaluate('document.querySelector("#details").scrollWidth')).toBeLessThanOrEqual(
        width,
      );
      await dialog.getByRole('button', { name: 'Silence' }).click();
      await page.getByRole('dialog', { name: 'Add a silence' }).waitFor();
      expect(await accessibilityFaults(page)).toEqual([]);
    },
  );

  it('sees what is wrong without JavaScript too', async () => {
    const seen = await visit(world.browser, world.monitor.url, {
      javaScriptEnabled: false,
      httpCredentials: { username: 'soc', password: TOKEN },
    });
    visits.push(seen);
    const text = await seen.page.locator('body').textContent();
    expect(text).toContain('1 of 7 connections is refused');
    expect(text).toContain('Without JavaScript this page shows what was known when it was loaded');
    expect(text).toContain('oscorp-siem');
    expect(await seen.page.getByLabel('Search').isVisible()).toBe(false);
  });

  it('keeps the theme that was chosen', async () => {
    const page = await open();
    await page.getByRole('button', { name: 'Dark theme' }).click();
    await page.reload();
    await isLive(page);
    expect(await page.evaluate('document.documentElement.dataset.theme')).toBe('dark');
    await page.getByRole('button', { name: 'Light theme' }).click();
    expect(await page.evaluate('document.documentElement.dataset.theme')).toBeUndefined();
  });
});
