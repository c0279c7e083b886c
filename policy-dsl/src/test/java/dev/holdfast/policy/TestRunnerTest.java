// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.policy;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

final class TestRunnerTest {
  /** Each test is wrong in one way. */
  @Test
  void saysWhatIsOtherwise() {
    CompiledMachine machine =
        PolicyCompiler.compile(
                "x.yaml",
                """
                machine: m
                format: 1
                data: { n: "int = 0", note: "string?" }
                initial: a
                states: { a: { label: A }, b: { label: B, final: true } }
                transitions:
                  go: { label: Go, from: a, to: b, set: { n: old.n + 1 } }
                tests:
                  - { test: passes, when: go, then: { state: b, version: 1, data: { n: 1, note: ~ } } }
                  - { test: state, when: go, then: { state: a } }
                  - { test: version, when: go, then: { version: 2 } }
                  - { test: data, when: go, then: { data: { n: 2, note: x } } }
                  - { test: error, when: go, then: { error: NOPE } }
                  - { test: refused, given: { state: b }, when: go }
                  - { test: message, given: { state: b }, when: go, then: { error: WRONG_STATE, message: nope } }
                """)
            .machines()
            .get(0);

    List<TestRunner.Result> results = TestRunner.run(machine);

    assertThat(results.get(0).passed()).isTrue();
    assertThat(results.stream().skip(1))
        .extracting(result -> result.test() + ": " + String.join("; ", result.failures()))
        .containsExactly(
            "state: state is b, not a",
            "version: version is 1, not 2",
            "data: n is 1, not 2; note is absent, not x",
            "error: error is [], not [NOPE]",
            "refused: error is [WRONG_STATE], not []: 'go' does not leave state 'b'",
            "message: no message has 'nope': 'go' does not leave state 'b'");
  }
}
