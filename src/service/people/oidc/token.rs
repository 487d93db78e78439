//! ID tokens: whether a provider signed one, for this server, now, and for this sign-in.
//!
//! Hand-written over `ring`, which the database driver brings anyway: the libraries for `OpenID` Connect bring fifty others, and with them
//! the crate `rsa`, which has an advisory without a fix (RUSTSEC-2023-0071).
//!
//! **Invariant:** the algorithm comes from the list below, never from the token; a token counts only when every check passed.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::signature::{ECDSA_P256_SHA256_FIXED, RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents, UnparsedPublicKey};
use serde_json::Value;

/// Seconds by which the clocks of provider and server may differ.
const LEEWAY: i64 = 120;

/// Why a token does not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadToken {
    #[error("it is not a signed token")]
    Form,
    #[error("it is signed in a way that is not taken; let the provider use RS256 or ES256")]
    Algorithm,
    #[error("the provider has no such key")]
    UnknownKey,
    #[error("its signature is wrong")]
    Signature,
    #[error("another provider issued it")]
    Issuer,
    #[error("it is for another program")]
    Audience,
    #[error("it has expired, or the clocks differ by more than two minutes")]
    Expired,
    #[error("it answers another sign-in")]
    Nonce,
    #[error("it names nobody")]
    Subject,
}

/// One of a provider's public keys, as RFC 7517 writes it.
#[derive(Debug, Clone, serde::Deserialize)]
struct Key {
    kty: String,
    kid: Option<String>,
    #[serde(rename = "use")]
    purpose: Option<String>,
    n: Option<String>,
    e: Option<String>,
    crv: Option<String>,
    x: Option<String>,
    y: Option<String>,
}

/// A provider's public keys.
#[derive(Debug, Clone, Default, serde::Deserialize)]
pub struct ProviderKeys {
    keys: Vec<Value>,
}

/// What a token must say.
#[derive(Debug, Clone, Copy)]
pub struct TokenTerms<'a> {
    pub issuer: &'a str,
    pub client: &'a str,
    pub nonce: &'a str,
    /// Seconds since 1970.
    pub now: i64,
}

/// What a good token says.
#[derive(Debug, Clone, PartialEq)]
pub struct IdClaims(Value);

impl IdClaims {
    /// Who it is, for good, at this provider.
    pub fn subject(&self) -> &str {
        self.text("sub").unwrap_or_default()
    }

    /// A claim that is a text.
    pub fn text(&self, claim: &str) -> Option<&str> {
        self.0.get(claim)?.as_str()
    }

    /// A claim that is a list of texts, or one.
    pub fn list(&self, claim: &str) -> Vec<String> {
        match self.0.get(claim) {
            Some(Value::String(one)) => vec![one.clone()],
            Some(Value::Array(all)) => all.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
            _ => Vec::new(),
        }
    }
}

/// The claims of a token that counts.
///
/// # Errors
/// The first check that failed; [`BadToken::UnknownKey`] also when the provider has changed its keys since they were read.
pub fn verify(token: &str, keys: &ProviderKeys, expected: TokenTerms<'_>) -> Result<IdClaims, BadToken> {
    let (signed, signature) = token.rsplit_once('.').ok_or(BadToken::Form)?;
    let (head, body) = signed.split_once('.').ok_or(BadToken::Form)?;
    let (head, body) = (json(head)?, json(body)?);
    let signature = decoded(signature)?;
    check_signature(&head, signed.as_bytes(), &signature, keys)?;
    check_claims(&body, expected)?;
    Ok(IdClaims(body))
}

fn decoded(part: &str) -> Result<Vec<u8>, BadToken> {
    URL_SAFE_NO_PAD.decode(part).map_err(|_| BadToken::Form)
}

fn json(part: &str) -> Result<Value, BadToken> {
    serde_json::from_slice(&decoded(part)?).map_err(|_| BadToken::Form)
}

fn check_signature(head: &Value, signed: &[u8], signature: &[u8], keys: &ProviderKeys) -> Result<(), BadToken> {
    // What a token declares critical must be understood, and nothing is.
    if head.get("crit").is_some() {
        return Err(BadToken::Form);
    }
    let kind = match head["alg"].as_str() {
        Some("RS256") => "RSA",
        Some("ES256") => "EC",
        _ => return Err(BadToken::Algorithm),
    };
    let named = head["kid"].as_str();
    // A key of a kind that is not known here must not spoil the others.
    let keys = keys.keys.iter().filter_map(|key| serde_json::from_value::<Key>(key.clone()).ok());
    let fits = |key: &Key| {
        key.kty == kind
            && key.purpose.as_deref() != Some("enc")
            && named.is_none_or(|kid| key.kid.as_deref() == Some(kid))
    };
    let mut known = false;
    for key in keys.filter(fits) {
        known = true;
        if signed_by(&key, signed, signature) {
            return Ok(());
        }
    }
    Err(if known { BadToken::Signature } else { BadToken::UnknownKey })
}

fn signed_by(key: &Key, signed: &[u8], signature: &[u8]) -> bool {
    let part = |text: &Option<String>| decoded(text.as_deref()?).ok();
    match key.kty.as_str() {
        "RSA" => {
            let (Some(n), Some(e)) = (part(&key.n), part(&key.e)) else { return false };
            RsaPublicKeyComponents { n, e }.verify(&RSA_PKCS1_2048_8192_SHA256, signed, signature).is_ok()
        }
        _ if key.crv.as_deref() == Some("P-256") => {
            let (Some(x), Some(y)) = (part(&key.x), part(&key.y)) else { return false };
            let point = [&[4][..], &x, &y].concat();
            UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point).verify(signed, signature).is_ok()
        }
        _ => false,
    }
}

fn check_claims(body: &Value, expected: TokenTerms<'_>) -> Result<(), BadToken> {
    if body["iss"].as_str() != Some(expected.issuer) {
        return Err(BadToken::Issuer);
    }
    let audience = IdClaims(body.clone()).list("aud");
    let party = body.get("azp").and_then(Value::as_str);
    let for_us = audience.iter().any(|one| one == expected.client)
        && (audience.len() == 1 || party.is_some())
        && party.is_none_or(|party| party == expected.client);
    if !for_us {
        return Err(BadToken::Audience);
    }
    let seconds = |claim: &str| body.get(claim).and_then(Value::as_f64).map(|at| at as i64);
    let lives = seconds("exp").is_some_and(|end| end + LEEWAY > expected.now)
        && seconds("iat").is_none_or(|made| made - LEEWAY <= expected.now)
        && seconds("nbf").is_none_or(|from| from - LEEWAY <= expected.now);
    if !lives {
        return Err(BadToken::Expired);
    }
    if body["nonce"].as_str() != Some(expected.nonce) {
        return Err(BadToken::Nonce);
    }
    match body["sub"].as_str() {
        Some(subject) if (1..=255).contains(&subject.len()) => Ok(()),
        _ => Err(BadToken::Subject),
    }
}

#[cfg(test)]
mod tests {
    use ring::rand::SystemRandom;
    use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
    use serde_json::json;

    use super::*;

    /// RFC 7515, appendix A.2: a key, a head, a body and a signature by RS256.
    #[test]
    fn the_examples_of_the_standard_verify_and_changed_ones_do_not() {
        let rsa = json!({ "kty": "RSA", "e": "AQAB", "n": "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ" });
        let keys = ProviderKeys { keys: vec![rsa] };
        let signed = "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
        let signature = "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw";
        let head = json!({ "alg": "RS256" });
        let bytes = decoded(signature).unwrap();
        assert_eq!(check_signature(&head, signed.as_bytes(), &bytes, &keys), Ok(()));
        let other = signed.replace("eyJp", "eyJq");
        assert_eq!(check_signature(&head, other.as_bytes(), &bytes, &keys), Err(BadToken::Signature));

        // Appendix A.3: ES256.
        let ec = json!({ "kty": "EC", "crv": "P-256", "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU", "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0" });
        let keys = ProviderKeys { keys: vec![json!({ "kty": "OKP", "strange": true }), ec] };
        let signed = "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
        let bytes =
            decoded("DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q").unwrap();
        assert_eq!(check_signature(&json!({ "alg": "ES256" }), signed.as_bytes(), &bytes, &keys), Ok(()));
        // The key decides nothing: a token that asks for another algorithm is refused.
        for alg in ["none", "HS256", "RS256", "ES384"] {
            assert!(check_signature(&json!({ "alg": alg }), signed.as_bytes(), &bytes, &keys).is_err(), "{alg}");
        }
    }

    /// A token by a fresh key, and the key as the provider shows it.
    fn made(claims: &Value, kid: &str) -> (String, ProviderKeys) {
        let random = SystemRandom::new();
        let pkcs8 = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).unwrap();
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8.as_ref(), &random).unwrap();
        let point = pair.public_key().as_ref();
        let part = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        let key =
            json!({ "kty": "EC", "crv": "P-256", "kid": "k1", "x": part(&point[1..33]), "y": part(&point[33..]) });
        let head = part(json!({ "alg": "ES256", "kid": kid }).to_string().as_bytes());
        let signed = format!("{head}.{}", part(claims.to_string().as_bytes()));
        let signature = pair.sign(&random, signed.as_bytes()).unwrap();
        (format!("{signed}.{}", part(signature.as_ref())), ProviderKeys { keys: vec![key] })
    }

    #[test]
    fn every_claim_is_checked() {
        let expected = TokenTerms { issuer: "https://id.example", client: "querist", nonce: "n", now: 1_000_000 };
        let good = json!({ "iss": "https://id.example", "aud": "querist", "exp": 1_000_300, "iat": 1_000_000, "nonce": "n", "sub": "7",
            "groups": ["a", "b"] });
        let check = |change: Value| {
            let mut claims = good.clone();
            claims.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
            let (token, keys) = made(&claims, "k1");
            verify(&token, &keys, expected)
        };
        let claims = check(json!({})).unwrap();
        assert_eq!((claims.subject(), claims.list("groups")), ("7", vec!["a".to_owned(), "b".to_owned()]));
        assert!(check(json!({ "aud": ["querist", "other"], "azp": "querist" })).is_ok());
        for (change, why) in [
            (json!({ "iss": "https://evil.example" }), BadToken::Issuer),
            (json!({ "iss": "https://id.example/" }), BadToken::Issuer),
            (json!({ "aud": "other" }), BadToken::Audience),
            (json!({ "aud": ["querist", "other"] }), BadToken::Audience),
            (json!({ "azp": "other" }), BadToken::Audience),
            (json!({ "exp": 999_000 }), BadToken::Expired),
            (json!({ "exp": null }), BadToken::Expired),
            (json!({ "iat": 1_001_000 }), BadToken::Expired),
            (json!({ "nonce": "m" }), BadToken::Nonce),
            (json!({ "nonce": null }), BadToken::Nonce),
            (json!({ "sub": "" }), BadToken::Subject),
        ] {
            assert_eq!(check(change.clone()), Err(why), "{change}");
        }
        let (token, _) = made(&good, "k1");
        let (unknown, keys) = made(&good, "k2");
        assert_eq!(verify(&token, &keys, expected), Err(BadToken::Signature), "another key of that name");
        assert_eq!(verify(&unknown, &keys, expected), Err(BadToken::UnknownKey));
        assert_eq!(verify("a.b", &keys, expected), Err(BadToken::Form));
    }
}
