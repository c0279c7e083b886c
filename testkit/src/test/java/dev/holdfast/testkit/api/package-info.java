/**
 * What programs and plugins see of Holdfast, compared with what was last agreed on. One file a
 * module, {@code api.txt}, is the baseline: no repository and no network is needed to compare.
 */
@NullMarked
package dev.holdfast.testkit.api;

import org.jspecify.annotations.NullMarked;
