//! Looking after a deployment: what its functions log.

pub mod logs;
