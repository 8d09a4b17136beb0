#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "configuration/configuration.hpp"

// What belongs to a machine beside its store: COPY.files/ beside a copy of the store mirrors the file system,
// so that `cp -r COPY.files/. /` puts all of it in its place.
namespace postbackd::ctl
{

std::filesystem::path files_of_copy(const std::filesystem::path& copy);

// Saves the configuration with its conf.d, digests of the credentials and, if asked for, those themselves.
// Only the owner can read them. Throws base::Failure.
void save_machine(const Configuration& configuration, const std::filesystem::path& copy,
                  bool with_credentials);

// Compares it with this machine after a restore: one sentence for each thing that is missing here or differs,
// with what to do and what the platform must be told.
std::vector<std::string> compare_machine(const Configuration& configuration,
                                         const std::filesystem::path& copy);

} // namespace postbackd::ctl
