//! The client of HTTP that every call to AWS goes through: TLS of rustls, with the cryptography of ring.

use aws_smithy_http_client::{
    Builder,
    tls::{Provider, TlsContext, TrustStore, rustls_provider::CryptoMode},
};
use aws_smithy_runtime_api::client::http::SharedHttpClient;

/// A client that trusts whom the system trusts.
#[must_use]
pub fn https_client() -> SharedHttpClient {
    let mut builder = Builder::new().tls_provider(Provider::Rustls(CryptoMode::Ring));
    if let Some(context) = trust() {
        builder = builder.tls_context(context);
    }
    builder.build_https()
}

/// Trust in the system's file of certificate authorities, where it has one and the environment names no other.
///
/// The SDK would also read the folder beside it, which holds the same authorities in a hundred files: that takes a
/// third of the CPU time until a function's first answer.
fn trust() -> Option<TlsContext> {
    if openssl_probe::has_ssl_cert_env_vars() {
        return None;
    }
    let authorities = std::fs::read(openssl_probe::probe().cert_file?).ok()?;
    TlsContext::builder().with_trust_store(TrustStore::empty().with_pem_certificate(authorities)).build().ok()
}
