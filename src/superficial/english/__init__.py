"""Questions in natural English of our own, by templates and lists, for pretrained models without downloaded data.

Rows have the columns of the published data sets that they stand in for, so that the same readers read both. No text is
about a real person or a protected group, and harmful requests name a deed without any detail that helps to do it.
"""
