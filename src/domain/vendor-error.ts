/** One error as the vendor, or a gateway in front of it, words it. */
export interface VendorError {
  readonly code: string | null;
  readonly message: string | null;
}

/** How many errors of one body are looked at; real ones hold one or two. */
const MOST_ERRORS = 20;

/**
 * Finds the errors in any of the shapes public connectors have met, in the order they stand in the body:
 * `fail[].code`, `fail[].errors[].code`, RFC 6749 `error` as text, `error.message`, Apigee's `fault`, and
 * `ErrorCode`. Anything else yields nothing; nothing throws.
 */
export function findVendorErrors(body: unknown): readonly VendorError[] {
  if (!isObject(body)) return [];
  const found = [
    ...failuresOf(body).flatMap(fromFailure),
    ...fromOauth(body),
    ...fromFault(body['fault']),
    ...one(body['ErrorCode'], body['Error']),
    ...one(body['code'], body['message']),
  ];
  return found.slice(0, MOST_ERRORS);
}

/** True when the body holds the vendor's non-empty `fail` list. */
export function hasFailures(body: unknown): boolean {
  return isObject(body) && failuresOf(body).length > 0;
}

type JsonObject = Readonly<Record<string, unknown>>;

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function failuresOf(body: JsonObject): readonly unknown[] {
  const fail = body['fail'];
  return Array.isArray(fail) ? fail.slice(0, MOST_ERRORS) : [];
}

function fromFailure(failure: unknown): VendorError[] {
  if (!isObject(failure)) return [];
  const nested = failure['errors'];
  const inner = Array.isArray(nested) ? nested.slice(0, MOST_ERRORS).filter(isObject) : [];
  return [
    ...one(failure['code'], failure['message']),
    ...inner.flatMap((error) => one(error['code'], error['message'])),
  ];
}

function fromOauth(body: JsonObject): VendorError[] {
  const error = body['error'];
  if (isObject(error)) return one(text(error['code']) ?? error['type'], error['message']);
  return one(error, body['error_description']);
}

function fromFault(fault: unknown): VendorError[] {
  if (!isObject(fault)) return [];
  const detail = fault['detail'];
  return one(isObject(detail) ? detail['errorcode'] : undefined, fault['faultstring']);
}

function one(code: unknown, message: unknown): VendorError[] {
  const error = { code: text(code), message: text(message) };
  return error.code === null && error.message === null ? [] : [error];
}

function text(value: unknown): string | null {
  return typeof value === 'string' && value.trim() !== '' ? value.trim() : null;
}
