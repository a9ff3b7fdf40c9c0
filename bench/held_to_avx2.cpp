// Holds a program that was made by others to AVX2, so that it can be compared on a newer CPU with
// what users of an older one have: preloaded, it answers the program's CPUID instructions itself,
// without AVX-512, AVX-VNNI and AMX.
//
//   LD_PRELOAD=build/release/bench/libheld_to_avx2.so PROGRAM ...
//
// Linux must be able to make CPUID fail (cpuid_fault in /proc/cpuinfo); else it ends the program
// with exit 2. The C library has looked at the CPU before and copies memory as it always does.
#include <asm/prctl.h>
#include <csignal>
#include <cstdint>
#include <cstring>
#include <initializer_list>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

namespace {

struct Registers {
  uint32_t a, b, c, d;
};

bool let_cpuid_work(bool works) { return syscall(SYS_arch_prctl, ARCH_SET_CPUID, works) == 0; }

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

struct sigaction before;

void on_fault(int, siginfo_t* info, void* context) {
  greg_t* registers = static_cast<ucontext_t*>(context)->uc_mcontext.gregs;
  constexpr uint8_t kCpuid[] = {0x0f, 0xa2};
  const auto* instruction = reinterpret_cast<const void*>(registers[REG_RIP]);
  if (info->si_code != SI_KERNEL || std::memcmp(instruction, kCpuid, sizeof kCpuid) != 0) {
    sigaction(SIGSEGV, &before, nullptr);  // not ours: let it happen again
    return;
  }
  const auto leaf = static_cast<uint32_t>(registers[REG_RAX]);
  const auto part = static_cast<uint32_t>(registers[REG_RCX]);
  let_cpuid_work(true);
  const Registers r = held(leaf, part, cpuid(leaf, part));
  let_cpuid_work(false);
  registers[REG_RAX] = r.a;
  registers[REG_RBX] = r.b;
  registers[REG_RCX] = r.c;
  registers[REG_RDX] = r.d;
  registers[REG_RIP] += sizeof kCpuid;
}

__attribute__((constructor)) void hold() {
  struct sigaction action = {};
  action.sa_sigaction = on_fault;
  action.sa_flags = SA_SIGINFO | SA_NODEFER;
  sigaction(SIGSEGV, &action, &before);
  if (let_cpuid_work(false)) return;
  constexpr char kMessage[] = "held_to_avx2: this machine cannot make CPUID fail\n";
  [[maybe_unused]] const ssize_t written = write(STDERR_FILENO, kMessage, sizeof kMessage - 1);
  _exit(2);
}

}  // namespace
