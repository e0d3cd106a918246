//! The log on a JetStream stream.
