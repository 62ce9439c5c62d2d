//! Where trials run: processes of this machine.

mod local;

pub use local::{Local, keep_memory, worker_path};
