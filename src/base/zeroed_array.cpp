#include "base/zeroed_array.h"

#include <cstdint>
#include <cstring>
#include <new>
#include <sys/mman.h>

#include "puente/matrix.h"

namespace puente {
namespace {

constexpr size_t kHugePage = size_t{2} << 20;

/// On a boundary of huge pages: what is mapped too much is given back.
void* map(size_t bytes) {
  const size_t room = bytes + kHugePage;
  void* mapped = ::mmap(nullptr, room, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (mapped == MAP_FAILED) throw std::bad_alloc();
  auto* begin = static_cast<std::byte*>(mapped);
  const size_t before = kHugePage - reinterpret_cast<uintptr_t>(begin) % kHugePage;
  ::munmap(begin, before);
  std::byte* place = begin + before;
  // munmap() takes whole pages; so does the end of what stays.
  const size_t small_page = 4096, kept = (bytes + small_page - 1) / small_page * small_page;
  if (before + kept < room) ::munmap(place + kept, room - before - kept);
  ::madvise(place, kept, MADV_HUGEPAGE);
  return place;
}

using Small = AlignedAllocator<std::byte>;

}  // namespace

void FreeZeroedMemory::operator()(void* memory) const {
  if (mapped_bytes > 0) {
    ::munmap(memory, mapped_bytes);
  } else {
    Small().deallocate(static_cast<std::byte*>(memory), 0);
  }
}

ZeroedMemory::ZeroedMemory(size_t bytes) {
  if (bytes == 0) return;
  if (bytes >= kHugePage) {
    memory_ = {map(bytes), {bytes}};
    return;
  }
  std::byte* memory = Small().allocate(bytes);
  std::memset(memory, 0, bytes);
  memory_ = {memory, {}};
}

}  // namespace puente
