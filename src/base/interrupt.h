// Ctrl-C as a flag that long loops look at. The signal handler only sets it.
#pragma once

namespace puente {

/// Asks every long loop to stop. Safe to call from a signal handler.
void request_interrupt() noexcept;
bool interrupt_requested() noexcept;
void clear_interrupt() noexcept;

/// Throws Interrupted if asked to stop.
void check_interrupt();

}  // namespace puente
