#pragma once
/// Kernels of OpenBLAS that fit this processor.
///
/// OpenBLAS goes by the processor's model number, and has its oldest kernels for those that are
/// newer than itself.

namespace histo {

/// Makes the OpenBLAS whose handle (of dlopen) this is take the kernels for what this processor can
/// do, where it has taken the oldest; does nothing if OPENBLAS_CORETYPE is set, by which somebody
/// has chosen. Returns the name of better kernels than those that run in the end ("SkylakeX"), else
/// null. To be called while nobody multiplies.
const char* choose_blas_kernels(void* openblas);

/// The same for the OpenBLAS whose cblas_sgemm the program calls: chosen once in the life of the
/// process; null also where another library is called.
const char* choose_own_blas_kernels();

/// The handle of the OpenBLAS whose function of this name the program calls ("sgemm_"), or null if
/// another library's is called.
void* openblas_behind(const char* function);

}  // namespace histo
