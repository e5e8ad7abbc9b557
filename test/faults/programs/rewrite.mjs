import { closeSync, ftruncateSync, openSync, renameSync, rmSync, writeFileSync, writeSync } from 'node:fs';

/**
 * Writes the texts of its arguments into the file that is its first, one after the other and without end, in a manner
 * that is its second, until it is told to end; then it leaves the last text whole.
 */
const [file, manner, ...texts] = process.argv.slice(2);
process.umask(0o077);

/** Some milliseconds; blocks, since nothing else is to be done. */
function linger(most = 8) {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, Math.random() * most);
}

const manners = {
  // As an editor or `cat >` does: the file is empty, then has its first lines, then all.
  truncated(text) {
    const half = text.indexOf('\n', text.length / 2) + 1;
    writeFileSync(file, text.slice(0, half));
    linger();
    writeFileSync(file, text.slice(half), { flag: 'a' });
  },
  // As rsync --inplace does: half of the new lines before half of the old ones.
  overwritten(text) {
    const half = text.indexOf('\n', text.length / 2) + 1;
    const descriptor = openSync(file, 'r+');
    writeSync(descriptor, text.slice(0, half), 0);
    linger();
    writeSync(descriptor, text.slice(half), half);
    ftruncateSync(descriptor, Buffer.byteLength(text));
    closeSync(descriptor);
  },
  // As some editors do: for a moment there is no such file.
  recreated(text) {
    rmSync(file);
    linger(4);
    writeFileSync(file, text);
    linger(80);
  },
  // As it should be done: each reader has the one or the other.
  replaced(text) {
    writeFileSync(`${file}.new`, text);
    renameSync(`${file}.new`, file);
    linger(500);
  },
};

let told = false;
process.on('SIGTERM', () => {
  told = true;
});
process.stdout.write('writing\n');
function next(turn) {
  manners[manner](texts[turn % texts.length]);
  linger();
  if (!told) setImmediate(next, turn + 1);
  else writeFileSync(file, texts.at(-1));
}
next(0);
