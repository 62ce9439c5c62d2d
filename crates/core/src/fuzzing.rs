//! What holds for any bytes that are read as a spec or as a stored record.

pub use crate::spec::fuzz as spec;
pub use crate::trial::fuzz as record;
