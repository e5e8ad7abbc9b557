import { type HealthRecord, RECORD_SCHEMA } from '../domain/record.ts';
import { type HealthSummary, summaryOf } from '../domain/summary.ts';

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

/** A list, since a fleet's worth of names would be most of what is read. Its order is that of `readSummary`. */
type SummaryText = readonly [
  HealthSummary['createdAt'],
  HealthSummary['gateway'],
  HealthSummary['state'],
  HealthSummary['since'],
  HealthSummary['rejections'],
  HealthSummary['firstRejectedAt'],
  HealthSummary['lastCheckAt'],
  HealthSummary['lastVerdict'],
  HealthSummary['lastSuccessAt'],
  HealthSummary['tokenLifetimeSeconds'],
  HealthSummary['notBefore'],
  HealthSummary['unknownCount'],
  HealthSummary['hasWorked'],
  HealthSummary['permission'],
  HealthSummary['permissionAskedAt'],
  HealthSummary['outdatedExpiry'],
];

/** The summary that is kept beside a record. */
export function writeSummary(record: HealthRecord): string {
  const summary = summaryOf(record);
  const list: SummaryText = [
    summary.createdAt,
    summary.gateway,
    summary.state,
    summary.since,
    summary.rejections,
    summary.firstRejectedAt,
    summary.lastCheckAt,
    summary.lastVerdict,
    summary.lastSuccessAt,
    summary.tokenLifetimeSeconds,
    summary.notBefore,
    summary.unknownCount,
    summary.hasWorked,
    summary.permission,
    summary.permissionAskedAt,
    summary.outdatedExpiry,
  ];
  return JSON.stringify(list);
}

export function readSummary(text: string): HealthSummary {
  const list = JSON.parse(text) as SummaryText;
  return {
    createdAt: list[0],
    gateway: list[1],
    state: list[2],
    since: list[3],
    rejections: list[4],
    firstRejectedAt: list[5],
    lastCheckAt: list[6],
    lastVerdict: list[7],
    lastSuccessAt: list[8],
    tokenLifetimeSeconds: list[9],
    notBefore: list[10],
    unknownCount: list[11],
    hasWorked: list[12],
    permission: list[13],
    permissionAskedAt: list[14],
    outdatedExpiry: list[15],
  };
}
