//! Verdicts, their noise against brute force, and how often the intervals cover the truth.
