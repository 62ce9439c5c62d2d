//! Where trials run: processes of this machine.

mod local;

pub use local::{Local, worker_path};
