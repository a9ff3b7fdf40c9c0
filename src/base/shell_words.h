// A command line as a person can give it to a shell.
#pragma once

#include <string>
#include <vector>

namespace puente {

/// The words with blanks between them, those in quotes that a shell would read otherwise.
std::string shell_words(const std::vector<std::string>& words);

}  // namespace puente
