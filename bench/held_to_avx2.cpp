// Holds a program that was made by others to AVX2, so that it can be compared on a newer CPU with
// what users of an older one have: it answers the program's CPUID instructions itself, without
// AVX-512, AVX-VNNI and AMX.
//
//   LD_AUDIT=build/release/bench/libheld_to_avx2.so PROGRAM ...
//
// The dynamic linker tells it of everything that the program loads (rtld-audit(7)), before that
// runs. objdump says where the CPUID instructions are, each becomes UD2, which is as long, and what
// UD2 raises is answered. Disassembling takes a minute for the largest libraries; the places are
// kept beside this library. The C library is left alone: it copies memory as it always does.
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <dlfcn.h>
#include <initializer_list>
#include <link.h>
#include <set>
#include <spawn.h>
#include <string>
#include <string_view>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <ucontext.h>
#include <unistd.h>
#include <vector>

namespace {

constexpr uint8_t kCpuid[] = {0x0f, 0xa2};
constexpr uint8_t kUd2[] = {0x0f, 0x0b};

[[noreturn]] void give_up(const std::string& what) {
  std::fprintf(stderr, "held_to_avx2: %s\n", what.c_str());
  _exit(2);
}

struct Registers {
  uint32_t a, b, c, d;
};

Registers cpuid(uint32_t leaf, uint32_t part) {
  Registers r;
  __asm__ volatile("cpuid" : "=a"(r.a), "=b"(r.b), "=c"(r.c), "=d"(r.d) : "a"(leaf), "c"(part));
  return r;
}

constexpr uint32_t without(uint32_t bits, std::initializer_list<int> which) {
  for (const int bit : which) bits &= ~(uint32_t{1} << bit);
  return bits;
}

/// Intel SDM volume 2A, CPUID, leaf 7.
Registers held(uint32_t leaf, uint32_t part, Registers r) {
  if (leaf != 7) return r;
  if (part == 0) {
    r.b = without(r.b, {16, 17, 21, 26, 27, 28, 30, 31});  // AVX-512 F DQ IFMA PF ER CD BW VL
    r.c = without(r.c, {1, 6, 11, 12, 14});                // VBMI VBMI2 VNNI BITALG VPOPCNTDQ
    r.d = without(r.d, {2, 3, 8, 22, 23, 24, 25});         // 4VNNIW 4FMAPS, AMX and FP16
  } else if (part == 1) {
    r.a = without(r.a, {4, 5, 21, 23});     // AVX-VNNI, AVX512_BF16, AMX-FP16, AVX-IFMA
    r.d = without(r.d, {4, 5, 8, 10, 19});  // AVX-VNNI-INT8, AVX-NE-CONVERT, AMX, INT16, AVX10
  }
  return r;
}

/// Where the UD2 instructions are that were CPUID.
std::set<uintptr_t>& replaced() {
  static std::set<uintptr_t> places;
  return places;
}

void on_illegal(int, siginfo_t*, void* context) {
  greg_t* registers = static_cast<ucontext_t*>(context)->uc_mcontext.gregs;
  if (!replaced().contains(static_cast<uintptr_t>(registers[REG_RIP]))) {
    signal(SIGILL, SIG_DFL);  // not ours: let it happen again
    return;
  }
  const auto leaf = static_cast<uint32_t>(registers[REG_RAX]);
  const auto part = static_cast<uint32_t>(registers[REG_RCX]);
  const Registers r = held(leaf, part, cpuid(leaf, part));
  registers[REG_RAX] = r.a;
  registers[REG_RBX] = r.b;
  registers[REG_RCX] = r.c;
  registers[REG_RDX] = r.d;
  registers[REG_RIP] += sizeof kUd2;
}

/// Runs a shell's command without this library.
int run(const std::string& command) {
  std::vector<char*> environment;
  for (char** variable = environ; *variable != nullptr; ++variable)
    if (std::strncmp(*variable, "LD_AUDIT=", 9) != 0) environment.push_back(*variable);
  environment.push_back(nullptr);
  std::string text[] = {"sh", "-c", command};
  char* arguments[] = {text[0].data(), text[1].data(), text[2].data(), nullptr};
  pid_t child = 0;
  if (posix_spawn(&child, "/bin/sh", nullptr, nullptr, arguments, environment.data()) != 0)
    return -1;
  int status = -1;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return status;
}

/// The file in which the places of one program or library are kept.
std::string kept_places(const std::string& path) {
  struct stat facts = {};
  if (stat(path.c_str(), &facts) != 0) give_up(path + ": cannot be read");
  Dl_info self = {};
  dladdr(reinterpret_cast<const void*>(&kept_places), &self);
  const std::string folder = std::string(self.dli_fname) + ".places";
  mkdir(folder.c_str(), 0777);
  std::string name = path;
  for (char& c : name)
    if (c == '/' || c == '\'') c = '+';
  return folder + "/" + name + "." + std::to_string(facts.st_size) + "." +
         std::to_string(facts.st_mtim.tv_sec) + "." + std::to_string(facts.st_mtim.tv_nsec);
}

/// Addresses of the CPUID instructions in a file, as its sections have them.
std::vector<uintptr_t> places_in(const std::string& path) {
  const std::string kept = kept_places(path);
  if (access(kept.c_str(), R_OK) != 0) {
    const std::string unfinished = kept + "." + std::to_string(getpid());
    const std::string command = "objdump -d --no-show-raw-insn '" + path +
                                "' | sed -n 's/^ *\\([0-9a-f]*\\):[\\t ]*cpuid.*/\\1/p' > '" +
                                unfinished + "' && mv '" + unfinished + "' '" + kept + "'";
    if (run(command) != 0) give_up(path + ": objdump could not disassemble it");
  }
  std::vector<uintptr_t> places;
  std::FILE* file = std::fopen(kept.c_str(), "r");
  if (file == nullptr) give_up(kept + ": cannot be read");
  unsigned long place = 0;
  while (std::fscanf(file, "%lx", &place) == 1) places.push_back(place);
  std::fclose(file);
  return places;
}

void replace(uint8_t* instruction, const std::string& path) {
  if (std::memcmp(instruction, kCpuid, sizeof kCpuid) != 0)
    give_up(path + ": no CPUID where objdump saw one");
  const auto page = static_cast<uintptr_t>(getpagesize());
  const uintptr_t begin = reinterpret_cast<uintptr_t>(instruction) & ~(page - 1);
  const uintptr_t end = reinterpret_cast<uintptr_t>(instruction) + sizeof kCpuid;
  auto* first = reinterpret_cast<void*>(begin);
  if (mprotect(first, end - begin, PROT_READ | PROT_WRITE | PROT_EXEC) != 0)
    give_up(path + ": its code cannot be changed");
  std::memcpy(instruction, kUd2, sizeof kUd2);
  mprotect(first, end - begin, PROT_READ | PROT_EXEC);
  replaced().insert(reinterpret_cast<uintptr_t>(instruction));
}

}  // namespace

extern "C" {

unsigned la_version(unsigned) {
  struct sigaction action = {};
  action.sa_sigaction = on_illegal;
  action.sa_flags = SA_SIGINFO | SA_NODEFER;
  sigaction(SIGILL, &action, nullptr);
  return LAV_CURRENT;
}

unsigned la_objopen(link_map* object, Lmid_t, uintptr_t*) {
  char path[4096];
  const char* name = *object->l_name == '\0' ? "/proc/self/exe" : object->l_name;
  if (realpath(name, path) == nullptr) return 0;  // the kernel's own, which has no file
  const std::string_view last =
      std::string_view(path).substr(std::string_view(path).rfind('/') + 1);
  if (last.starts_with("libc.so") || last.starts_with("ld-linux")) return 0;
  for (const uintptr_t place : places_in(path))
    replace(reinterpret_cast<uint8_t*>(object->l_addr + place), path);
  return 0;
}
}
