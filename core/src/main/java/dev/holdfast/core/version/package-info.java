/**
 * What an object is: immutable {@link dev.holdfast.core.version.VersionRecord versions} that name
 * their parents, and the {@link dev.holdfast.core.version.HeadRecord head} that the cluster agreed
 * on. Codecs name their format in the first byte and refuse what they do not know.
 */
@NullMarked
package dev.holdfast.core.version;

import org.jspecify.annotations.NullMarked;
