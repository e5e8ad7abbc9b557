import { createPrivateKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';

/** A certificate and its key as PEM, for a server under test; it is made in memory and trusted by nobody. */
export interface Certificate {
  readonly cert: string;
  readonly key: string;
}

export interface CertificateOptions {
  /** The common name. */
  readonly subject: string;
  /** DNS names it is good for. */
  readonly dnsNames?: readonly string[];
  /** IPv4 addresses it is good for. */
  readonly addresses?: readonly string[];
  readonly notBefore?: Date;
  /** Before the year 2050. */
  readonly notAfter?: Date;
  /** Signs it; without one it signs itself. */
  readonly issuer?: Certificate & { readonly subject: string };
  readonly authority?: boolean;
}

const ECDSA_WITH_SHA256 = der(0x30, oid('2a8648ce3d040302'));
const COMMON_NAME = oid('550403');
const SUBJECT_ALT_NAME = oid('551d11');
const BASIC_CONSTRAINTS = oid('551d13');

/**
 * Makes a real X.509 v3 certificate (RFC 5280 section 4.1) for a fresh P-256 key. Node can sign but not issue, and
 * a machine that runs the tests may have no openssl; a key in the repository would only alarm its scanners.
 */
export function makeCertificate(options: CertificateOptions): Certificate & { readonly subject: string } {
  const { subject, issuer } = options;
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const signer: KeyObject = issuer ? createPrivateKey(issuer.key) : privateKey;
  const content = der(
    0x30,
    der(0xa0, der(0x02, Buffer.from([2]))),
    der(0x02, Buffer.from([1])),
    ECDSA_WITH_SHA256,
    nameOf(issuer?.subject ?? subject),
    der(
      0x30,
      utcTime(options.notBefore ?? new Date(Date.UTC(2020, 0, 1))),
      utcTime(options.notAfter ?? new Date(Date.UTC(2049, 0, 1))),
    ),
    nameOf(subject),
    publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, der(0x30, ...extensions(options))),
  );
  const signature = sign('sha256', content, signer);
  const whole = der(0x30, content, ECDSA_WITH_SHA256, der(0x03, Buffer.from([0]), signature));
  const lines = whole.toString('base64').match(/.{1,64}/g) ?? [];
  return {
    subject,
    cert: `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`,
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  };
}

function extensions({ dnsNames = [], addresses = [], authority = false }: CertificateOptions): Buffer[] {
  const names = [
    ...dnsNames.map((name) => der(0x82, Buffer.from(name))),
    ...addresses.map((address) => der(0x87, Buffer.from(address.split('.').map(Number)))),
  ];
  return [
    ...(names.length > 0 ? [der(0x30, SUBJECT_ALT_NAME, der(0x04, der(0x30, ...names)))] : []),
    ...(authority
      ? [der(0x30, BASIC_CONSTRAINTS, der(0x04, der(0x30, der(0x01, Buffer.from([0xff])))))]
      : []),
    // At least one extension, since an empty list is not allowed.
    ...(names.length === 0 && !authority ? [der(0x30, BASIC_CONSTRAINTS, der(0x04, der(0x30)))] : []),
  ];
}

function nameOf(text: string): Buffer {
  return der(0x30, der(0x31, der(0x30, COMMON_NAME, der(0x0c, Buffer.from(text)))));
}

function utcTime(date: Date): Buffer {
  const digits = date.toISOString().replace(/\D/g, '').slice(2, 14);
  return der(0x17, Buffer.from(`${digits}Z`));
}

function oid(hex: string): Buffer {
  return der(0x06, Buffer.from(hex, 'hex'));
}

/** One element in DER: tag, length, content. */
function der(tag: number, ...content: Buffer[]): Buffer {
  const body = Buffer.concat(content);
  const size = body.length;
  const length = size < 0x80 ? [size] : size < 0x100 ? [0x81, size] : [0x82, size >> 8, size & 0xff];
  return Buffer.concat([Buffer.from([tag, ...length]), body]);
}
