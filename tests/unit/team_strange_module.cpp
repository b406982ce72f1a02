// A module that is not of this program: another version, and without the other functions.
#include "team/mpi_module.hpp"

extern "C" void histo::histo_mpi_program(std::string& version) { version = "0.0.0-strange"; }
