// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.testkit.contract;

import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;

/**
 * The promises of {@link dev.holdfast.spi.coordinator.Coordinator}, as tests. A backend extends
 * this class, in its own test folder, and supplies the cluster:
 *
 * <pre>{@code
 * final class RaftContractTest extends CoordinatorContract {
 *   @Override
 *   protected Backend openBackend() {
 *     return new ThreeRaftServers();
 *   }
 * }
 * }</pre>
 *
 * <p>The chapters are {@link CommitContract}, {@link ReadContract}, {@link ScanContract}, {@link
 * WatchContract}, {@link LeaseContract}, {@link ConcurrencyContract} and {@link FailureContract}.
 * Tests of one class run one after another on one cluster.
 */
@TestInstance(Lifecycle.PER_CLASS)
public abstract class CoordinatorContract
    implements CommitContract,
        ReadContract,
        ScanContract,
        WatchContract,
        LeaseContract,
        ConcurrencyContract,
        FailureContract {
  private final AtomicInteger tests = new AtomicInteger();
  private @Nullable Backend backend;
  private String prefix = "";

  /** Opens a new, empty cluster. Called once for the class. */
  protected abstract Backend openBackend();

  @BeforeAll
  final void openTheBackend() {
    backend = openBackend();
  }

  @BeforeEach
  final void chooseKeys(TestInfo test) {
    prefix = "contract/" + tests.incrementAndGet() + "-" + test.getDisplayName() + "/";
    prefix = prefix.replace("()", "");
  }

  @AfterAll
  final void closeTheBackend() {
    if (backend != null) {
      backend.close();
    }
  }

  @Override
  public final Backend backend() {
    if (backend == null) {
      throw new IllegalStateException("The backend is not open");
    }
    return backend;
  }

  @Override
  public final String prefix() {
    return prefix;
  }
}
