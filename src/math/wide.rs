//! Clean-up after wide vector code.

/// Run `work` and clear the upper halves of this thread's vector registers.
///
/// The kernels of `faer` leave them in use, which slows all later code of the thread that was compiled for narrow registers,
/// by a factor of three and more (Intel, "Optimization Reference Manual", 15.3: mixing AVX and SSE code).
pub fn clean<T>(work: impl FnOnce() -> T) -> T {
    let result = work();
    #[cfg(target_arch = "x86_64")]
    if std::arch::is_x86_feature_detected!("avx") {
        #[expect(unsafe_code, reason = "an instruction that only processors with AVX have")]
        // SAFETY: the processor has AVX. The upper halves hold nothing that a caller may rely on.
        unsafe {
            std::arch::x86_64::_mm256_zeroupper();
        }
    }
    result
}
