//! Rust's source, as text.

use miette::{IntoDiagnostic as _, WrapErr as _};
use proc_macro2::{Ident, Span, TokenStream};

pub(super) fn ident(name: &str) -> Ident {
    Ident::new(name, Span::call_site())
}

/// A file that begins with the preamble.
pub(super) fn source(preamble: &str, tokens: TokenStream) -> miette::Result<String> {
    let file = syn::parse2(tokens).into_diagnostic().wrap_err("the generated code does not parse")?;
    Ok(format!("{preamble}\n{}", prettyplease::unparse(&file)))
}
