struct order {
    unit32_t id;
};
