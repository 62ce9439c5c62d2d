//! Where trials run: processes of this machine.

mod devices;
mod local;
mod memory;

pub use local::{Local, keep_memory, plain_path, worker_path};
