//! Random secrets, and what is stored of them.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

use crate::store::StoreError;

const BYTES: usize = 32;

/// 256 random bits, as text.
pub(super) fn fresh() -> Result<String, StoreError> {
    let mut bytes = [0; BYTES];
    getrandom::fill(&mut bytes)
        .map_err(|error| StoreError::Unavailable(format!("the system gives no random bytes: {error}")))?;
    Ok(URL_SAFE_NO_PAD.encode(bytes))
}

/// What is stored of a secret; `purpose` keeps one kind from standing in for another.
pub(super) fn hash(purpose: &str, secret: &str) -> String {
    let digest = Sha256::new().chain_update(purpose).chain_update(":").chain_update(secret).finalize();
    URL_SAFE_NO_PAD.encode(digest)
}
