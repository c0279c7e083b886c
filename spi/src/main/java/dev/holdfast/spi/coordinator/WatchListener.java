// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.spi.coordinator;

import java.util.List;

/**
 * Called by one thread at a time. When a call throws, what waits for this listener is dropped, and
 * {@link #resync} is called instead: the watch goes on. When that throws too, it is called again
 * with the next change.
 */
public interface WatchListener {
  /** Changes after this revision will be told. Scan now to know what was before. */
  void started(long revision);

  /** Keys as they are after their change. Absent ones were deleted, see {@code lastDeleted}. */
  void changed(List<Observation> observations);

  /** Changes up to this revision may be missing (snapshot installed, overflow): scan again. */
  void resync(long revision);
}
