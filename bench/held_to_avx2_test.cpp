// A program that is held to AVX2 (held_to_avx2.cpp) and looks whether it is. What the CPU has tells
// only on a newer one; that the CPUID instruction is not there any more tells on every one.
#include <cstdint>
#include <cstdio>

extern "C" const uint8_t cpuid_of_the_test[];

namespace {

struct Registers {
  uint32_t a, b, c, d;
};

__attribute__((noinline, noclone)) Registers cpuid(uint32_t leaf, uint32_t part) {
  Registers r;
  __asm__ volatile(".globl cpuid_of_the_test\ncpuid_of_the_test: cpuid"
                   : "=a"(r.a), "=b"(r.b), "=c"(r.c), "=d"(r.d)
                   : "a"(leaf), "c"(part));
  return r;
}

bool held(const char* what, bool is) {
  if (!is) std::fprintf(stderr, "not held to AVX2: %s\n", what);
  return is;
}

}  // namespace

int main() {
  const Registers features = cpuid(7, 0), more = cpuid(7, 1), vendor = cpuid(0, 0);
  bool all = held("CPUID is still CPUID",
                  cpuid_of_the_test[0] == 0x0f && cpuid_of_the_test[1] == 0x0b);  // UD2
  all &= held("AVX-512 F", (features.b & 1u << 16) == 0);
  all &= held("AVX-512 VNNI", (features.c & 1u << 11) == 0);
  all &= held("AMX", (features.d & 1u << 24) == 0);
  all &= held("AVX-VNNI", (more.a & 1u << 4) == 0);
  all &= held("other leaves are answered as they are", vendor.a >= 7 && vendor.b != 0);
  return all ? 0 : 1;
}
