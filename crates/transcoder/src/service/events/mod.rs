//! Events about jobs: their shapes, and their way to EventBridge.

pub(crate) mod detail;
mod publish;

pub(crate) use publish::{Bus, publish};
