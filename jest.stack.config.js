import config from './jest.config.js';

/** `npm run test:stack`: what is shown to operators, against the real Prometheus, Alertmanager and Chromium. */
export default {
  ...config,
  roots: ['<rootDir>/test/stack'],
  testPathIgnorePatterns: ['/node_modules/'],
  testTimeout: 120_000,
  maxWorkers: 2,
};
