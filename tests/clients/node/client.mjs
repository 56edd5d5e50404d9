// A vendor on openid-client 6: discovery, registration, PAR with PKCE, private_key_jwt and DPoP;
// receipts of the consent are verified by jose 6, with the keys that the vault publishes.
//
// Reads its orders as one line of JSON from stdin, writes where to send the customer as a line,
// reads the address that the customer came back to, and writes what became of it.

import { createInterface } from "node:readline";
import { webcrypto } from "node:crypto";

globalThis.crypto ??= webcrypto; // Node 18 has it under this name alone

const client = await import("openid-client");
const { SignJWT, compactVerify, createRemoteJWKSet } = await import("jose");
const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const read = async () => (await lines.next()).value;
const write = (value) => console.log(JSON.stringify(value));

const orders = JSON.parse(await read());
const issuer = new URL(orders.issuer);
const oauth2 = { algorithm: "oauth2", execute: [client.allowInsecureRequests] };

async function signingKey(alg) {
  const named = { ES256: { name: "ECDSA", namedCurve: "P-256" }, EdDSA: { name: "Ed25519" } };
  const rsa = { name: "RSA-PSS", hash: "SHA-256", modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]) };
  const pair = await crypto.subtle.generateKey(named[alg] ?? rsa, true, ["sign", "verify"]);
  const { kty, crv, x, y, n, e } = await crypto.subtle.exportKey("jwk", pair.publicKey);
  return { key: pair.privateKey, jwk: { kty, crv, x, y, n, e, kid: "1", use: "sig", alg } };
}

const { key, jwk } = await signingKey(orders.alg);
const config = await client.dynamicClientRegistration(
  issuer,
  {
    client_name: "Node Kettles",
    redirect_uris: [orders.redirect_uri],
    jwks: { keys: [jwk] },
    token_endpoint_auth_method: "private_key_jwt",
    grant_types: ["authorization_code", "refresh_token"],
    response_types: ["code"],
    dpop_bound_access_tokens: true,
    require_pushed_authorization_requests: true,
  },
  client.PrivateKeyJwt({ key, kid: "1" }),
  { ...oauth2, initialAccessToken: orders.initial_access_token },
);

const DPoP = client.getDPoPHandle(config, await client.randomDPoPKeyPair(orders.alg === "EdDSA" ? "Ed25519" : orders.alg));
const pkceCodeVerifier = client.randomPKCECodeVerifier();
const expectedState = client.randomState();
const where = await client.buildAuthorizationUrlWithPAR(
  config,
  {
    redirect_uri: orders.redirect_uri,
    scope: "purchases:read",
    code_challenge: await client.calculatePKCECodeChallenge(pkceCodeVerifier),
    code_challenge_method: "S256",
    state: expectedState,
  },
  { DPoP },
);
write({ authorize: where.href, client_id: config.clientMetadata().client_id });

const tokens = await client.authorizationCodeGrant(
  config,
  new URL(await read()),
  { pkceCodeVerifier, expectedState },
  undefined,
  { DPoP },
);
const get = (token, path) =>
  client.fetchProtectedResource(
    config, token, new URL(path, issuer), "GET", undefined, undefined, { DPoP },
  );
const page = (token) => get(token, "/api/v1/purchases");

const keys = createRemoteJWKSet(new URL(config.serverMetadata().jwks_uri));
async function verified(receipt) {
  const { payload, protectedHeader } = await compactVerify(receipt, keys, { algorithms: ["EdDSA"] });
  return { ...JSON.parse(new TextDecoder().decode(payload)), typ: protectedHeader.typ };
}
async function digest(receipt) {
  const hash = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(receipt));
  return Buffer.from(hash).toString("base64url");
}
async function status(grant) {
  const me = config.clientMetadata().client_id;
  const assertion = await new SignJWT({ jti: client.randomState() })
    .setProtectedHeader({ alg: orders.alg, kid: "1" })
    .setIssuer(me).setSubject(me).setAudience(config.serverMetadata().issuer)
    .setIssuedAt().setExpirationTime("1m").sign(key);
  const headers = { Authorization: `Bearer ${assertion}` };
  return (await fetch(new URL(`/oauth/grants/${grant}`, issuer), { headers })).json();
}

const { receipt, consent_record } = await (await get(tokens.access_token, "/api/v1/grant/receipt")).json();
const given = await verified(receipt);
const first = await (await page(tokens.access_token)).json();
const renewed = await client.refreshTokenGrant(config, tokens.refresh_token, undefined, { DPoP });
const second = await (await page(renewed.access_token)).json();
const known = await client.tokenIntrospection(config, renewed.access_token);
await client.tokenRevocation(config, tokens.refresh_token);
let after;
try {
  after = (await page(renewed.access_token)).status;
} catch (error) {
  after = error.status ?? error.cause?.status ?? String(error);
}
const end = await verified((await status(given.grant)).receipt);
write({
  given: { typ: given.typ, event: given.event, iss: given.iss, previous: given.previous },
  same: JSON.stringify(given.consent_record) === JSON.stringify(consent_record),
  end: { typ: end.typ, event: end.event, follows: end.previous === (await digest(receipt)) },
  token_type: tokens.token_type,
  scope: tokens.scope,
  names: first.items.map((item) => item.name),
  again: second.items.length,
  active: known.active,
  bound: known.cnf?.jkt !== undefined,
  after,
});
process.exit(0);
