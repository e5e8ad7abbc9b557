import { type HealthRecord, RECORD_SCHEMA } from '../domain/record.ts';

export type StoreErrorCode = 'newer_record' | 'newer_layout' | 'lease_lost';

/** The store refuses to go on; `code` is stable. */
export class StoreError extends Error {
  override readonly name = 'StoreError';
  readonly code: StoreErrorCode;

  constructor(code: StoreErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}

/** The start of a stored record, which compare-and-set compares without parsing JSON in Redis. */
export function versionPrefix({ version, createdAt }: HealthRecord): string {
  return `{"schema":${RECORD_SCHEMA},"version":${version},"createdAt":${createdAt},`;
}

export function writeRecord(record: HealthRecord): string {
  const { schema: _schema, version: _version, createdAt: _createdAt, ...rest } = record;
  return versionPrefix(record) + JSON.stringify(rest).slice(1);
}

/** Reads a record that some version of this program wrote. */
export function readRecord(text: string): HealthRecord {
  const record = JSON.parse(text) as HealthRecord;
  if (record.schema !== RECORD_SCHEMA) {
    throw new StoreError(
      'newer_record',
      `Redis holds records of schema ${record.schema}, this version knows ${RECORD_SCHEMA}: run the newer version of the monitor`,
    );
  }
  return record;
}
