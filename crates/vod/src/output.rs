//! Writing to the standard output.

use std::io::Write;

use super::failure::Failure;

/// Writes a text that ends its own last line.
pub(super) fn print(text: &str) -> Result<(), Failure> {
    let mut stdout = anstream::stdout().lock();
    stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()).map_err(Failure::Output)
}
