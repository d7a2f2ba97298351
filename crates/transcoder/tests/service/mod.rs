//! The service over HTTP, with an engine that follows a script and a bus that listens.
mod access;
mod definitions;
mod events;
mod harness;
mod jobs;
mod mutations;
mod queues;
mod restart;
mod samples;
mod tags;
