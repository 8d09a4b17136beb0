// The daemon. See docs/ and `postbackd --help`.
#include "postbackd.hpp"

int main(int argc, char** argv) { return postbackd::run_daemon(argc, argv); }
