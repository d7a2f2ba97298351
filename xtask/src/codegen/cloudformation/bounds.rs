//! The bounds of a property, and the `Rule` that checks them.

use proc_macro2::{Literal, TokenStream};
use quote::{ToTokens, quote};
use regex::Regex;
use serde_json::{Number, Value};

use super::schema::Node;

/// What a schema says of a property's literal values.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Bounds {
    pub(super) length: (Option<u64>, Option<u64>),
    pub(super) pattern: Option<String>,
    pub(super) range: (Option<f64>, Option<f64>),
    pub(super) one_of: Vec<i64>,
    pub(super) items: (Option<u64>, Option<u64>),
    pub(super) each: Option<Box<Bounds>>,
}

impl Bounds {
    pub(super) fn text(node: &Node) -> Self {
        Self {
            length: (node.min_length.filter(|least| *least > 0), node.max_length),
            pattern: node.pattern.as_deref().and_then(checkable),
            ..Self::default()
        }
    }

    pub(super) fn number(node: &Node) -> Self {
        let range = (node.minimum.as_ref().and_then(Number::as_f64), node.maximum.as_ref().and_then(Number::as_f64));
        Self { range, one_of: node.enumeration.iter().filter_map(Value::as_i64).collect(), ..Self::default() }
    }

    /// The bounds of a list or a map, around those of its members.
    pub(super) fn collection(node: &Node, each: Self) -> Self {
        Self {
            items: (node.min_items.filter(|least| *least > 0), node.max_items),
            each: (each != Self::default()).then(|| Box::new(each)),
            ..Self::default()
        }
    }

    /// The reference to a `Rule` that a call to `Fields::required` takes.
    pub(super) fn reference(&self) -> TokenStream {
        if *self == Self::default() {
            return quote!(&Bounds::ANY);
        }
        let rule = self.rule();
        quote!(const { &#rule })
    }

    fn rule(&self) -> TokenStream {
        let count = |number: u64| Literal::u64_unsuffixed(number);
        let length = pair(self.length, count, &quote!(0), &quote!(u64::MAX)).map(|pair| quote!(length: #pair,));
        let items = pair(self.items, count, &quote!(0), &quote!(u64::MAX)).map(|pair| quote!(items: #pair,));
        let range = pair(self.range, Literal::f64_unsuffixed, &quote!(f64::NEG_INFINITY), &quote!(f64::INFINITY))
            .map(|pair| quote!(range: #pair,));
        let pattern = self.pattern.as_ref().map(|pattern| quote!(pattern: Some(#pattern),));
        let one_of = (!self.one_of.is_empty()).then(|| {
            let numbers = self.one_of.iter().map(|number| Literal::i64_unsuffixed(*number));
            quote!(one_of: &[#(#numbers),*],)
        });
        let each = self.each.as_ref().map(|each| {
            let each = each.rule();
            quote!(each: Some(&#each),)
        });
        quote!(Bounds { #length #pattern #range #one_of #items #each ..Bounds::ANY })
    }
}

/// `(least, most)`, or nothing when neither is given.
fn pair<T>(
    (least, most): (Option<T>, Option<T>),
    literal: impl Fn(T) -> Literal,
    lowest: &TokenStream,
    highest: &TokenStream,
) -> Option<TokenStream> {
    if least.is_none() && most.is_none() {
        return None;
    }
    let least = least.map_or_else(|| lowest.clone(), |least| literal(least).into_token_stream());
    let most = most.map_or_else(|| highest.clone(), |most| literal(most).into_token_stream());
    Some(quote!((#least, #most)))
}

/// The pattern as `synth`'s regular-expression engine spells it, when the engine can read it (it has no look-around)
/// and the pattern can fail: one that matches nothing, anywhere, matches every text.
fn checkable(pattern: &str) -> Option<String> {
    let pattern = pattern.strip_suffix(r"\Z").map_or_else(|| pattern.to_owned(), |start| format!(r"{start}\z"));
    let regex = Regex::new(&pattern).ok()?;
    let fails = pattern.starts_with(['^', '\\']) || !regex.is_match("");
    (fails && pattern != "^.*$").then_some(pattern)
}
