#include "cli/own_process.h"

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

#include "base/energy_meter.h"
#include "base/error.h"
#include "base/interrupt.h"
#include "base/resources.h"
#include "base/shell_words.h"

namespace puente::cli {
namespace {

constexpr std::chrono::milliseconds kPause(10);
constexpr const char* kStepVariable = "PUENTE_STEP";  // in the environment of a step
constexpr double kSecondsBetweenLooks = 5;            // at the energy counters

/// A group of its own: Ctrl-C on the terminal reaches us alone, and we pass it on once.
[[noreturn]] void become(std::vector<char*>& arguments, pid_t parent) {
  ::setpgid(0, 0);
  ::prctl(PR_SET_PDEATHSIG, SIGTERM);
  ::signal(SIGTTOU, SIG_IGN);  // it may write to the terminal all the same
  const int nowhere = ::open("/dev/null", O_WRONLY);
  if (nowhere >= 0) ::dup2(nowhere, STDOUT_FILENO);
  ::setenv(kStepVariable, "1", 1);
  if (::getppid() != parent) ::_exit(2);
  ::execv("/proc/self/exe", arguments.data());
  ::_exit(127);
}

int exit_status(pid_t child, EnergyMeter& meter) {
  int status = 0;
  bool told = false;
  Stopwatch since_look;
  for (;;) {
    const pid_t ended = ::waitpid(child, &status, WNOHANG);
    if (ended == child) return status;
    if (ended < 0 && errno != EINTR) fail("waiting for a step: {}", std::strerror(errno));
    if (interrupt_requested() && !told) {
      ::kill(child, SIGINT);
      told = true;
    }
    if (since_look.seconds() > kSecondsBetweenLooks) {
      meter.look();
      since_look = Stopwatch();
    }
    std::this_thread::sleep_for(kPause);
  }
}

}  // namespace

StepCost run_in_own_process(const std::vector<std::string>& words) {
  std::vector<std::string> copies = {"puente"};
  copies.insert(copies.end(), words.begin(), words.end());
  std::vector<char*> arguments;
  for (std::string& word : copies) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  std::fflush(stdout);
  std::fflush(stderr);
  EnergyMeter meter;
  const Stopwatch watch;
  const pid_t parent = ::getpid();
  const pid_t child = ::fork();
  if (child < 0) fail("puente {}: cannot be started: {}", words.front(), std::strerror(errno));
  if (child == 0) become(arguments, parent);
  const int status = exit_status(child, meter);
  meter.look();
  const StepCost cost{watch.seconds(), meter.joules(), true};
  check_interrupt();
  if (WIFSIGNALED(status)) {
    fail("puente {} was ended by the signal '{}'; given again, the command goes on with it",
         words.front(), ::strsignal(WTERMSIG(status)));
  }
  if (WEXITSTATUS(status) != 0) {
    fail("puente {}: this step failed, as it says above; put right, the command goes on with it",
         words.front());
  }
  return cost;
}

bool is_step_of_another() { return std::getenv(kStepVariable) != nullptr; }

}  // namespace puente::cli
