"""What runs a Plan: kernels are loaded, windows are read and framed, frames are decoded into batches, and all is counted."""
