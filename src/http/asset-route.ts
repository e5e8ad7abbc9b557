import type { HttpApp } from './app.ts';
import type { PageAssets } from './assets.ts';
import { sendTagged } from './json-answer.ts';
import { ProblemError } from './problem.ts';

interface AssetPath {
  readonly Params: { readonly version: string; readonly '*': string };
}

/** The files that the page asks for, under an address that never means another file. */
export function addAssetRoute(app: HttpApp, assets: PageAssets): void {
  app.get<AssetPath>('/assets/:version/*', (request, reply) => {
    const { version, '*': path } = request.params;
    const asset = version === assets.version ? assets.files.get(path) : undefined;
    if (!asset)
      throw new ProblemError(404, 'This file is of another version of the page: load the page again.');
    // Private: a token may have been asked for it.
    reply.header('cache-control', 'private, max-age=31536000, immutable');
    return sendTagged(request, reply, asset);
  });
}
