// A module that is not of this program: another version, and without the other functions.
#include "encoder/torch_module.hpp"

extern "C" void histo::histo_torch_program(std::string& version) { version = "0.0.0-strange"; }
